import { existsSync } from 'node:fs';
import type { Browser } from 'playwright-core';

const CANDIDATES = [
  process.env.CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];

/** A Chromium of this machine; Debian's package `chromium` puts one there. */
const chromiumPath = CANDIDATES.find((path) => path !== undefined && existsSync(path));

/** In the gate a missing browser fails; elsewhere its tests are skipped by name. */
const isBrowserRequired = process.env.CI === 'true' || process.env.REQUIRE_BROWSER !== undefined;

export const isBrowserMissing = chromiumPath === undefined && !isBrowserRequired;

export async function launchBrowser(): Promise<Browser> {
  if (chromiumPath === undefined) {
    throw new Error('no Chromium found: apt-get install chromium, or name one in the variable CHROMIUM');
  }
  const { chromium } = await import('playwright-core');
  return chromium.launch({
    executablePath: chromiumPath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
