/** What every page has to keep in a real browser: nothing is wider than the window, and axe finds nothing. */
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Page } from 'playwright-core';

const PLACE_CHARACTERS = 100;

interface Violation {
  id: string;
  nodes: { html: string }[];
}

let axe: string | undefined;
/** Read at the first use, because the preview and the commands use this library without a browser. */
const axeScript = (): string =>
  (axe ??= readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'));

/** @returns what is wrong with the page: its overflow, and each rule of axe that it breaks with the first place */
export async function pageProblems(page: Page): Promise<string[]> {
  const wider = await page.locator('html').evaluate((root) => root.scrollWidth - root.clientWidth);
  await page.evaluate(axeScript());
  const broken = await page.evaluate<Violation[]>(
    `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations)`,
  );
  return [
    ...(wider > 0 ? [`${wider} pixels wider than the window`] : []),
    ...broken.map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, PLACE_CHARACTERS) ?? ''}`),
  ];
}

/** For a person to look at: set SCREENSHOT_DIR to keep them. */
export async function keepScreenshot(page: Page, name: string, fullPage = true): Promise<void> {
  const directory = process.env['SCREENSHOT_DIR'];
  if (directory === undefined) return;
  mkdirSync(directory, { recursive: true });
  await page.screenshot({ path: join(directory, `${name}.png`), fullPage });
}
