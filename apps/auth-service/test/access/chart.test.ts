/** The chart of "Who saw my data" where a browser shows other colours than ours, or none. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { BARS_STYLE, barsFigure } from '@patient-access/pages';
import { canRunChromium, launchChromium } from '@patient-access/testing';
import type { Browser } from 'playwright-core';
import { STYLE_SHEET } from '../../src/web/pages/style-sheet.ts';

/** Of the page, in which the functions run. */
declare const getComputedStyle: (element: unknown) => {
  fill: string;
  backgroundColor: string;
  printColorAdjust: string;
};

const FIGURE = barsFigure({
  caption: 'By day',
  bars: [{ label: 'today', given: 3, refused: 2 }],
  title: ({ label }) => label,
  legend: { given: 'Data was given', refused: 'Refused' },
  number: String,
});

(canRunChromium() ? describe : describe.skip)('the chart', () => {
  let browser: Browser;
  beforeAll(async () => void (browser = await launchChromium()));
  afterAll(() => browser?.close());

  async function show() {
    const page = await browser.newPage();
    await page.setContent(`<style>${STYLE_SHEET}${BARS_STYLE}</style>${FIGURE.markup}`);
    return page;
  }

  it('has two kinds of bars, and a legend that tells them apart, with the colours of the system', async () => {
    const page = await show();
    await page.emulateMedia({ forcedColors: 'active' });
    const bars = await Promise.all(
      ['given', 'refused'].map((kind) =>
        page.locator(`rect.${kind}`).evaluate((bar) => getComputedStyle(bar).fill),
      ),
    );
    const squares = await Promise.all(
      ['given', 'refused'].map((kind) =>
        page.locator(`.legend .${kind}`).evaluate((square) => getComputedStyle(square).backgroundColor),
      ),
    );
    expect(new Set(bars).size).toBe(2);
    expect(squares).toEqual(bars);
  });

  it('has the squares of its legend on paper', async () => {
    const page = await show();
    await page.emulateMedia({ media: 'print' });
    for (const square of await page.locator('.legend span').all())
      expect(await square.evaluate((each) => getComputedStyle(each).printColorAdjust)).toBe('exact');
  });
});
