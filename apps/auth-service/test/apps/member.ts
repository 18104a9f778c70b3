/** A member at the page of connected apps. */
import { Browser, type BrowserPage } from '../browser.ts';
import type { RegisteredApp } from '../app.ts';
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

/** @returns address of the page that revokes what was agreed with the app last; its receipts are below it */
export async function revokePageOf(world: World, app: Pick<RegisteredApp, 'client_id'>): Promise<string> {
  const { rows } = await world.db.query<{ grant_id: string }>(
    'SELECT grant_id FROM consent WHERE client_id = $1 ORDER BY granted_at DESC LIMIT 1',
    [app.client_id],
  );
  return `${tenantOf(world).appsPage}/${rows[0]?.grant_id}`;
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

/** Opens each link of a page that stays at this host. @returns those that lead to nothing, or to a link that is over */
export async function deadLinks(browser: Browser, { html, url }: BrowserPage): Promise<string[]> {
  const hrefs = [...html.matchAll(/<a\b[^>]*? href="([^"]*)"/g)].map(([, href = '']) =>
    href.replaceAll('&amp;', '&'),
  );
  const own = hrefs.filter((href) => /^[?/]/.test(href));
  const statuses = await Promise.all(
    own.map(async (href) => (await browser.open(new URL(href, url).href)).status),
  );
  return own.filter((_, index) => [404, 410].includes(statuses[index] ?? 0));
}

/** The words of a page. */
export function wordsOf({ html }: BrowserPage): string {
  return html
    .replace(/<head>.*<\/head>/s, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');
}
