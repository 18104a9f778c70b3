import { expect } from '@jest/globals';
import { keepScreenshot, pageProblems } from '@patient-access/testing';
import type { Page } from 'playwright-core';

/** @param name of the page, for messages and for the file of its screenshot */
export async function checkPage(page: Page, name: string): Promise<void> {
  expect([name, await pageProblems(page)]).toEqual([name, []]);
  await keepScreenshot(page, name);
}
