/** A member who has agreed, her receipts, and somebody who checks them. */
import { receiptCheckPath } from '../../src/domain/urls.ts';
import { getTokens, introspect, registerApp } from '../app.ts';
import { openApps } from '../apps/member.ts';
import { Browser, type BrowserPage } from '../browser.ts';
import { tenantOf, type World } from '../world.ts';

/** Connects an app of this name. @returns id of the grant */
export async function agree(world: World, name: string, login = 'maria.many'): Promise<string> {
  const app = await registerApp(world, { client_name: name });
  const tokens = await getTokens(world, app, { scope: 'offline_access patient/Coverage.rs' }, login);
  return (await introspect(world, tokens['access_token'] as string)).body['grant_id'] as string;
}

/** Logs in and downloads the receipt. @param form `.jwt`, or `.html` for the file to keep */
export async function download(world: World, grantId: string, form = '.jwt', tenant = 'northwind') {
  const { browser } = await openApps(
    world,
    tenant === 'northwind' ? 'maria.many' : 'manuel.many',
    undefined,
    tenant,
  );
  return browser.request(`${tenantOf(world, tenant).appsPage}/${grantId}/receipt${form}`);
}

/** Somebody who is logged in nowhere pastes a receipt into the page of a plan. */
export const check = (
  world: World,
  receipt: string,
  tenant = 'northwind',
  search = '',
): Promise<BrowserPage> =>
  new Browser(world.url).request(`${world.url}${receiptCheckPath(tenant)}${search}`, {
    method: 'POST',
    body: new URLSearchParams({ receipt }).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'cross-site' },
  });
