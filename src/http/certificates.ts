import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync, unwatchFile, watchFile } from 'node:fs';

/** Files in PEM. */
export interface TlsFiles {
  /** The certificate, and behind it those that issued it. */
  readonly cert: string;
  readonly key: string;
  /** Who issues the certificates of clients; with it, a client without one is refused. */
  readonly clientCa?: string | undefined;
}

/** A certificate that cannot be served; the message names the file and says what to do. */
class BadCertificate extends Error {
  override readonly name = 'BadCertificate';
}

export interface Certificates {
  readonly cert: string;
  readonly key: string;
  readonly ca?: string | undefined;
}

/** Reads the files. Throws `BadCertificate` where they do not make a pair that is valid at `now`, in milliseconds. */
export function readCertificates({ cert, key, clientCa }: TlsFiles, now: number): Certificates {
  const read = { cert: readText(cert), key: readText(key) };
  const certificate = parsed(cert, 'certificate', () => new X509Certificate(read.cert));
  const privateKey = parsed(key, 'private key without a passphrase', () => createPrivateKey(read.key));
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new BadCertificate(
      `the private key in ${key} is not the one of the certificate in ${cert}: give the two that were made together`,
    );
  }
  assertValid(cert, certificate, now);
  if (clientCa === undefined) return read;
  const ca = readText(clientCa);
  assertValid(
    clientCa,
    parsed(clientCa, 'certificate', () => new X509Certificate(ca)),
    now,
  );
  return { ...read, ca };
}

function assertValid(file: string, { validFrom, validTo }: X509Certificate, now: number): void {
  if (now > Date.parse(validTo)) {
    throw new BadCertificate(`the certificate in ${file} expired on ${validTo}: give one that is valid`);
  }
  if (now < Date.parse(validFrom)) {
    throw new BadCertificate(
      `the certificate in ${file} is valid from ${validFrom} only: give one that is valid now`,
    );
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new BadCertificate(`${file} cannot be read: ${(error as Error).message}`);
  }
}

function parsed<T>(file: string, what: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw new BadCertificate(`${file} holds no ${what} in PEM: ${(error as Error).message}`);
  }
}

/** How often the files are looked at. */
const LOOK_MS = 2000;

/**
 * Tells when one of the files has changed, until the returned function is called. Looks instead of listening:
 * Kubernetes changes a mounted secret by renaming a link above it, which no watch on the file hears.
 */
export function watchCertificates(files: TlsFiles, changed: () => void, everyMs = LOOK_MS): () => void {
  const all = Object.values(files).filter((file): file is string => typeof file === 'string');
  const listener = () => changed();
  for (const file of all) watchFile(file, { interval: everyMs, persistent: false }, listener);
  return () => {
    for (const file of all) unwatchFile(file, listener);
  };
}
