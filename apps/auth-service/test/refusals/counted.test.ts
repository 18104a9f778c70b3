import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { ask, waitUntil } from '@patient-access/testing';
import { registerVerifiedApp, startAuthorization } from '../app.ts';
import { Browser } from '../browser.ts';
import { startWorld, tenantOf, type World } from '../world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
}, 60_000);
afterAll(() => world?.stop());

async function counted(code: string): Promise<number> {
  const line = new RegExp(`^http_server_refusals_total\\{code="${code}"\\} (\\d+)$`, 'm');
  return Number(line.exec(await world.metrics())?.[1] ?? 0);
}

/** An answer is there before it is counted. */
const isCounted = (code: string, times: number) =>
  waitUntil(async () => (await counted(code)) === times, { failure: () => `${code} is not counted` });

it('a refusal of the token endpoint is counted by its code, with nothing of what was sent', async () => {
  const { pathname } = new URL(`${tenantOf(world).issuer}/token`);
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const app = await registerVerifiedApp(world);
  const body = `grant_type=authorization_code&code=made-up-code&client_id=${app.client_id}&redirect_uri=x`;
  expect((await ask(world.address, pathname, { method: 'POST', headers, body })).status).toBe(400);
  await isCounted('grant-invalid', 1);
  const unknown = 'grant_type=password&client_id=made-up-client';
  expect((await ask(world.address, pathname, { method: 'POST', headers, body: unknown })).status).toBe(401);
  await isCounted('client-authentication-failed', 1);
  expect(await world.metrics()).not.toMatch(/made-up/);
});

it('so is one that goes to the app by a redirect, and one of a page', async () => {
  const app = await registerVerifiedApp(world);
  const wrong = startAuthorization(world, app, { aud: 'https://ehr.example/fhir' });
  expect((await new Browser(world.url).open(wrong.url)).status).toBe(303);
  await isCounted('audience-wrong', 1);
  const elsewhere = startAuthorization(world, app, { redirect_uri: 'https://evil.example/cb' });
  expect((await new Browser(world.url).open(elsewhere.url)).status).toBe(400);
  await isCounted('redirect-uri-unregistered', 1);
});
