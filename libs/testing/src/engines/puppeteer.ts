/** Chromium and Firefox, which puppeteer drives: Chromium by its own protocol, Firefox by WebDriver BiDi. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Browser, Page } from 'puppeteer-core';
import { type BrowserEngine, checkedExpression, type Tab } from './engine.ts';

const NAVIGATION_MS = 20_000;
/** Until a page that is being left is gone. */
const SETTLING_MS = 500;

class PuppeteerTab implements Tab {
  private readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  async open(url: string): Promise<void> {
    await this.page.goto(url, { timeout: NAVIGATION_MS });
  }

  async fill(selector: string, text: string): Promise<void> {
    await this.page.type(selector, text);
  }

  async click(selector: string): Promise<void> {
    await this.page.click(selector);
  }

  async clickTwice(selector: string, pauseMs: number): Promise<void> {
    const element = await this.page.waitForSelector(selector);
    await element?.scrollIntoView();
    const box = await element?.boundingBox();
    if (!box) throw new Error(`${selector} is not shown`);
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    await this.page.mouse.click(x, y);
    await delay(pauseMs);
    // Between two pages there is nothing that the second click could hit, and Firefox then reports an error.
    await this.page.mouse.click(x, y).catch((error: unknown) => {
      if ((error as Error).name !== 'ProtocolError') throw error;
    });
    await delay(SETTLING_MS);
  }

  async openPopup(selector: string): Promise<Tab> {
    const opened = new Promise<Page>((done) => this.page.once('popup', (popup) => popup && done(popup)));
    await this.page.click(selector);
    return new PuppeteerTab(await opened);
  }

  async back(): Promise<void> {
    // The page is left while this runs. The caller waits for what it expects to see.
    await this.page.evaluate('void setTimeout(() => history.back())');
    await delay(SETTLING_MS);
  }

  async reload(): Promise<void> {
    await this.page.reload({ timeout: NAVIGATION_MS });
  }

  url(): Promise<string> {
    return Promise.resolve(this.page.url());
  }

  text(): Promise<string> {
    // Between two pages there is a document without a body for a moment.
    return this.page.evaluate("document.body?.innerText ?? ''") as Promise<string>;
  }

  isChecked(selector: string): Promise<boolean> {
    return this.evaluate(checkedExpression(selector)) as Promise<boolean>;
  }

  exists(selector: string): Promise<boolean> {
    return this.evaluate(`document.querySelector(${JSON.stringify(selector)}) !== null`) as Promise<boolean>;
  }

  evaluate(expression: string): Promise<unknown> {
    return this.page.evaluate(expression);
  }

  async resize(width: number, height: number): Promise<void> {
    await this.page.setViewport({ width, height });
  }

  async screenshot(): Promise<Buffer> {
    return Buffer.from(await this.page.screenshot({ fullPage: true }));
  }
}

/** @throws Error when the browser does not start */
export async function startPuppeteer(
  browser: 'chrome' | 'firefox',
  executablePath: string,
): Promise<BrowserEngine> {
  // Imported here, because the preview and the commands use this library without a browser.
  const { launch } = await import('puppeteer-core');
  const started: Browser = await launch(
    browser === 'chrome'
      ? { browser, executablePath, args: ['--no-sandbox', '--disable-gpu', '--disable-quic'] }
      : { browser, executablePath, protocol: 'webDriverBiDi' },
  );
  return {
    newTab: async () => {
      const context = await started.createBrowserContext();
      return new PuppeteerTab(await context.newPage());
    },
    stop: () => started.close(),
  };
}
