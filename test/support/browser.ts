import { existsSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { onTestFinished } from 'vitest';

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

/** A page for one test, and what the browser complained of: errors, warnings, violations of the policy. */
export async function newPage(
  browser: Browser,
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<{ page: Page; complaints: string[] }> {
  const context = await browser.newContext({ locale: 'en-US', ...options });
  onTestFinished(() => context.close());
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  return { page, complaints };
}
