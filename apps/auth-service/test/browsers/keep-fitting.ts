import { expect } from '@jest/globals';
import { keepScreenshot } from '@patient-access/testing';
import type { Page } from 'playwright-core';

/** Of a page in a browser that runs no scripts, where axe cannot look: nothing is wider than the window. */
export async function keepFitting(page: Page, name: string): Promise<void> {
  const overflow = await page.locator('html').evaluate((root) => root.scrollWidth - root.clientWidth);
  expect(overflow).toBe(0);
  await keepScreenshot(page, name);
}
