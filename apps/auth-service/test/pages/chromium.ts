import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

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

const path = [process.env['CHROMIUM_PATH'], ...WELL_KNOWN].find(
  (candidate) => candidate && existsSync(candidate),
);

/** Whether tests in a real browser can run; in CI they must, so there a missing browser fails them instead. */
export const canRunChromium = path !== undefined || process.env['CI'] === 'true';
if (!canRunChromium) console.warn('skipped: no Chromium found (set CHROMIUM_PATH)');

export function launchChromium(): Promise<Browser> {
  if (path === undefined) throw new Error('no Chromium found: set CHROMIUM_PATH');
  return chromium.launch({ executablePath: path, args: ARGUMENTS });
}
