import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** A YAML file of a directory; its name is that of what it holds. */
export interface YamlFile {
  readonly name: string;
  /** How a message names the file. */
  readonly at: string;
  readonly yaml: string;
}

/** What the files of a directory hold. */
export interface FileKind {
  readonly kind: 'scenario' | 'checklist';
  readonly Broken: new (message: string) => Error;
}

const FILE = /^([a-z0-9][a-z0-9-]*)\.yaml$/;

/** The YAML files of a directory, by name. Throws the error of their kind where one cannot be used. */
export function yamlFilesIn(directory: string, shownAs: string, { kind, Broken }: FileKind): YamlFile[] {
  return namesIn(directory, { kind, Broken }).map((file) => {
    const at = path.join(shownAs, file);
    const [, name] = FILE.exec(file) ?? [];
    if (name === undefined) {
      throw new Broken(`${at}:1:1: the file name is not a ${kind}'s; accepted: ${FILE.source}`);
    }
    return { name, at, yaml: readFileSync(path.join(directory, file), 'utf8') };
  });
}

/** The error of a file that has the name of something built in. */
export const nameTaken = ({ name, at }: YamlFile, { kind, Broken }: FileKind): Error =>
  new Broken(`${at}:1:1: there is a built-in ${kind} ${name} already: take another name`);

function namesIn(directory: string, { kind, Broken }: FileKind): string[] {
  try {
    return readdirSync(directory)
      .filter((file) => /\.ya?ml$/.test(file))
      .sort();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Broken(`the ${kind} directory ${directory} cannot be read: ${reason}`);
  }
}
