import { existsSync } from 'node:fs';
import type { Browser } from 'playwright-core';

const WELL_KNOWN = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

const ARGUMENTS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const findChromium = () =>
  [process.env['CHROMIUM_PATH'], ...WELL_KNOWN].find((candidate) => candidate && existsSync(candidate));

/** Whether tests in a real browser can run; in CI they must, so there a missing browser fails them instead. */
export function canRunChromium(): boolean {
  const can = findChromium() !== undefined || process.env['CI'] === 'true';
  if (!can) process.stderr.write('skipped: no Chromium found (set CHROMIUM_PATH)\n');
  return can;
}

/** @throws Error when there is none on this machine */
export async function launchChromium(): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error('no Chromium found: set CHROMIUM_PATH');
  // Loaded here: the preview and the commands share this library, and need no browser.
  const { chromium } = await import('playwright-core');
  return chromium.launch({ executablePath, args: ARGUMENTS });
}
