/** A member at the page of connected apps. */
import { Browser, type BrowserPage } from '../browser.ts';
import { PASSWORD, tenantOf, type World } from '../world.ts';

export interface AppsVisit {
  browser: Browser;
  page: BrowserPage;
}

/**
 * Opens the page and logs in.
 *
 * @returns the browser, at the page of connected apps
 */
export async function openApps(
  world: World,
  login = 'maria.many',
  password = PASSWORD,
  tenant = 'northwind',
): Promise<AppsVisit> {
  const browser = new Browser(world.url);
  const form = await browser.open(tenantOf(world, tenant).appsPage);
  return { browser, page: await browser.logIn(form, login, password) };
}

/** Addresses of the pages that revoke, in the order in which the apps are listed. */
export function revokeLinks({ html }: BrowserPage, { url }: World): string[] {
  return [...html.matchAll(/href="([^"]*\/apps\/[^"/]+)"/g)].map(([, path]) => `${url}${path}`);
}

/**
 * Follows the first `Revoke access` and confirms it.
 *
 * @returns the page after that
 */
export async function revokeFirst(world: World, { browser, page }: AppsVisit): Promise<BrowserPage> {
  const confirm = await browser.open(revokeLinks(page, world)[0] as string);
  return browser.submit(confirm, 'revoke');
}

/** The words of a page. */
export function wordsOf({ html }: BrowserPage): string {
  return html
    .replace(/<head>.*<\/head>/s, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');
}
