import { existsSync } from 'node:fs';
import type { Browser } from 'playwright-core';

/** The same engine without the browser around it starts at a third of the price, and renders the same. */
const WELL_KNOWN = [
  '/usr/bin/chromium-headless-shell',
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

export const findChromium = () =>
  [process.env['CHROMIUM_PATH'], ...WELL_KNOWN].find((candidate) => candidate && existsSync(candidate));

/** Can tests run in a real browser? In CI they must run, so a missing browser makes them fail there. */
export function canRunChromium(): boolean {
  const can = findChromium() !== undefined || process.env['CI'] === 'true';
  if (!can) process.stderr.write('skipped: no Chromium found (set CHROMIUM_PATH)\n');
  return can;
}

/** @throws Error when this machine has no Chromium */
export async function launchChromium(): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error('no Chromium found: set CHROMIUM_PATH');
  // Imported here, because the preview and the commands use this library without a browser.
  const { chromium } = await import('playwright-core');
  return chromium.launch({ executablePath, args: ARGUMENTS });
}
