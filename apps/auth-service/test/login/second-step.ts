/** A member at the page of the second step, and at the step of a login that asks for a code. */
import { expect } from '@jest/globals';
import { secondStepPath } from '../../src/domain/urls.ts';
import { openAndLogIn, type RegisteredApp, startAuthorization } from '../app.ts';
import { authenticatorOf } from '../authenticator.ts';
import type { Browser, BrowserPage } from '../browser.ts';
import type { World } from '../world.ts';

/** What a member keeps from the page: the key in an authenticator app, and the recovery codes. */
export function keptNote({ html }: BrowserPage) {
  const [, secret = ''] = /<code>((?:[A-Z2-7]{4} ?){8})<\/code>/.exec(html) ?? [];
  const recovery = [...html.matchAll(/<li>\s*<code>([a-z0-9-]+)<\/code>/g)].map(([, code]) => code as string);
  return { ...authenticatorOf(secret), recovery };
}
export type KeptNote = ReturnType<typeof keptNote>;

export const secondStepUrl = ({ url }: World, tenant = 'northwind'): string =>
  `${url}${secondStepPath(tenant)}`;

export const withCode = (code: string) => (fields: URLSearchParams) => fields.set('code', code);

/** Turns the second factor of `maria.many` on. */
export async function turnOnSecondFactor(
  world: World,
  app: RegisteredApp,
): Promise<{ browser: Browser; authenticator: KeptNote; done: BrowserPage }> {
  const [browser] = await openAndLogIn(world, startAuthorization(world, app).url);
  const page = await browser.open(secondStepUrl(world));
  const authenticator = keptNote(page);
  const done = await browser.submit(page, 'turn-on', withCode(await authenticator.codeBefore()));
  return { browser, authenticator, done };
}

/** Logs in as far as the page that asks for a code. */
export async function openCodeStep(
  world: World,
  app: RegisteredApp,
  change: Record<string, string> = {},
): Promise<[Browser, BrowserPage]> {
  const [browser, page] = await openAndLogIn(world, startAuthorization(world, app, change).url);
  expect(page.html).toContain('Enter your code');
  return [browser, page];
}
