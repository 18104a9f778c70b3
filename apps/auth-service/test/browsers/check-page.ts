/** What every page has to keep in Chromium: nothing is wider than the window, and axe finds nothing. */
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import type { Page } from 'playwright-core';

/** Screenshots for a person to look at: set SCREENSHOT_DIR to keep them. */
const directory = process.env['SCREENSHOT_DIR'];
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Violation {
  id: string;
  nodes: { html: string }[];
}

/** @returns the rules of axe that the page breaks, each with the first place */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const found = await page.evaluate<Violation[]>(
    `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations)`,
  );
  return found.map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 100) ?? ''}`);
}

/** @param name of the page, for messages and for the file of its screenshot */
export async function checkPage(page: Page, name: string): Promise<void> {
  const overflow = await page.locator('html').evaluate((root) => root.scrollWidth - root.clientWidth);
  expect([name, overflow, await violations(page)]).toEqual([name, 0, []]);
  if (!directory) return;
  mkdirSync(directory, { recursive: true });
  await page.screenshot({ path: join(directory, `${name}.png`), fullPage: true });
}
