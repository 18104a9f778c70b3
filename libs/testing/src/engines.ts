/** The engines of browsers that this machine has. */
import { existsSync } from 'node:fs';
import { findChromium } from './chromium.ts';
import type { BrowserEngine } from './engines/engine.ts';
import { startPuppeteer } from './engines/puppeteer.ts';
import { startWebKit } from './engines/webkit.ts';

export type EngineName = 'chromium' | 'firefox' | 'webkit';

const FIREFOX = [
  '/usr/bin/firefox-esr',
  '/usr/bin/firefox',
  '/Applications/Firefox.app/Contents/MacOS/firefox',
];
const WEBKIT_DRIVER = ['/usr/bin/WebKitWebDriver'];
const MINI_BROWSER = ['x86_64', 'aarch64'].flatMap((machine) =>
  ['4.1', '6.0'].map((version) => `/usr/lib/${machine}-linux-gnu/webkit2gtk-${version}/MiniBrowser`),
);

const firstOf = (paths: (string | undefined)[]) => paths.find((path) => path && existsSync(path));

const findFirefox = () => firstOf([process.env['FIREFOX_PATH'], ...FIREFOX]);

function findWebKit(): [driver: string, binary: string] | undefined {
  const [driver, binary] = [firstOf(WEBKIT_DRIVER), firstOf(MINI_BROWSER)];
  return driver !== undefined && binary !== undefined && existsSync('/usr/bin/xvfb-run')
    ? [driver, binary]
    : undefined;
}

const IS_THERE: Record<EngineName, () => boolean> = {
  chromium: () => findChromium() !== undefined,
  firefox: () => findFirefox() !== undefined,
  webkit: () => findWebKit() !== undefined,
};

/** Chromium and Firefox have to run in CI, so a missing one makes tests fail there. Not every machine has a WebKit. */
const REQUIRED = new Set<EngineName>(['chromium', 'firefox']);

/** Can tests run in this engine? It says which one it skips. */
export function canRun(name: EngineName): boolean {
  const can = IS_THERE[name]() || (process.env['CI'] === 'true' && REQUIRED.has(name));
  if (!can) process.stderr.write(`skipped: no ${name} found\n`);
  return can;
}

/** @throws Error when this machine has no such engine */
export async function startEngine(name: EngineName): Promise<BrowserEngine> {
  if (name === 'webkit') {
    const webkit = findWebKit();
    if (!webkit) throw new Error('no WebKit found: webkit2gtk-driver and xvfb');
    return startWebKit(...webkit);
  }
  const path = name === 'chromium' ? findChromium() : findFirefox();
  if (path === undefined) throw new Error(`no ${name} found`);
  return startPuppeteer(name === 'chromium' ? 'chrome' : 'firefox', path);
}
