import { expect } from '@jest/globals';
import { keepScreenshot } from '@patient-access/testing';
import type { Page } from 'playwright-core';

/** Of a page in a browser that runs no scripts, where axe cannot look: nothing is wider than the window. */
export async function keepFitting(page: Page, name: string): Promise<void> {
  const overflow = await page.locator('html').evaluate((root) => root.scrollWidth - root.clientWidth);
  expect(overflow).toBe(0);
  await keepScreenshot(page, name);
}

/** The same at all these sizes of the window. Afterwards it has the size again that it had before. */
export async function keepFittingAt(
  page: Page,
  sizes: Iterable<readonly [size: string, viewport: { width: number; height: number }]>,
  name: string,
): Promise<void> {
  const before = page.viewportSize();
  for (const [size, viewport] of sizes) {
    await page.setViewportSize(viewport);
    await keepFitting(page, `${size}-${name}`);
  }
  if (before) await page.setViewportSize(before);
}
