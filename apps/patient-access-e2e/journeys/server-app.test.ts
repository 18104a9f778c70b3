/** The server of docs/examples, started as its developer would, with a member in a browser. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { answerPages, UserAgent } from '@patient-access/first-call';
import type { DescribedMember } from '@patient-access/preview';
import { freePort, waitUntil } from '@patient-access/testing';
import { memberOf, world } from '../installation/world.ts';

const { northwind } = world();
const NAME = 'Claims On A Server';
const SERVER = resolve(import.meta.dirname, '../../../docs/examples/server-app/server.js');
const READY_MS = 20_000;
const LATE_MS = 1_000;
/** By then the gateway has heard that an access is over. */
const NOTICED_MS = 6_000;
const NOWHERE = 'never:';
const ordinary = memberOf(northwind, 'ordinary');
const TEN_CLAIMS = /^The newest claims of your member\n\n(?:\d{4}-\d\d-\d\d {2}.+\n){10}$/;

/** The member disconnects the app on the plan's page of connected apps. */
async function endAccess(agent: UserAgent): Promise<void> {
  const page = await agent.open(new URL(northwind.appsPage), NOWHERE);
  const card = page.html.split('<article').find((html) => html.includes(`>${NAME}<`)) ?? '';
  const path = /href="([^"]*\/apps\/[^"]+)"/.exec(card)?.[1] ?? '';
  const confirm = await agent.open(new URL(path, page.url), NOWHERE);
  // The last form of the page: the first one logs out.
  const form = { ...confirm, html: confirm.html.slice(confirm.html.lastIndexOf('<form')) };
  const done = await agent.submit(form, { action: 'revoke' }, NOWHERE);
  expect(done.html).toContain('can no longer see your data');
}

/** Passes requests on to the plan. While it is slow, each second search waits for its answer. */
async function startSlowBase() {
  let searches = 0;
  const proxy = createServer((request, response) => {
    void (async () => {
      const isLate = slow.isSlow && request.url?.includes('?') && (searches += 1) % 2 === 0;
      const { authorization, accept = '*/*' } = request.headers;
      const headers = { accept, ...(authorization !== undefined && { authorization }) };
      const answer = await fetch(`${northwind.fhirBase}${request.url}`, { headers });
      const body = await answer.text();
      if (isLate) await delay(LATE_MS);
      response.writeHead(answer.status).end(body);
    })();
  });
  await once(proxy.listen(0, '127.0.0.1'), 'listening');
  const { port } = proxy.address() as AddressInfo;
  const slow = { base: `http://127.0.0.1:${port}`, isSlow: false, close: () => void proxy.close() };
  return slow;
}

describe('the example of a server', () => {
  const servers: ChildProcess[] = [];
  let url: string;
  beforeAll(async () => {
    url = await start();
  });
  afterAll(() => servers.forEach((server) => server.kill()));

  async function start(fhirBase = northwind.fhirBase): Promise<string> {
    const url = `http://127.0.0.1:${await freePort()}`;
    const registered = await fetch(`${northwind.issuer}/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        client_name: NAME,
        redirect_uris: [`${url}/callback`],
        token_endpoint_auth_method: 'client_secret_basic',
      }),
    });
    const { client_id: CLIENT_ID, client_secret: CLIENT_SECRET } =
      (await registered.json()) as NodeJS.Dict<string>;
    const env = { FHIR_BASE: fhirBase, CLIENT_ID, CLIENT_SECRET, PORT: new URL(url).port };
    const child = spawn(process.execPath, [SERVER], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    servers.push(child);
    let said = '';
    child.stdout.on('data', (chunk) => (said += String(chunk)));
    await waitUntil(() => Promise.resolve(said.includes(`open ${url}/`)), { withinMs: READY_MS });
    return url;
  }

  /** Opens the server as a browser that knows nobody yet, and logs the member in. @returns its cookie, and where it comes back */
  async function logIn(
    url: string,
    { login, password, patientId }: DescribedMember,
    { releasing = false, isSlow = false } = {},
  ): Promise<{ cookie: string; back: URL; agent: UserAgent }> {
    const opened = await fetch(`${url}/`, { redirect: 'manual' });
    const [cookie = ''] = (opened.headers.getSetCookie()[0] ?? '').split(';');
    const agent = new UserAgent();
    const redirect = `${url}/callback`;
    const authorize = new URL(opened.headers.get('location') ?? '');
    if (isSlow) authorize.searchParams.set('aud', northwind.fhirBase);
    const first = await agent.open(authorize, redirect);
    const person = { login, password, patientId, releasing };
    return { cookie, back: await answerPages(agent, first, person, redirect), agent };
  }

  test('logs a member in, keeps the tokens to itself and shows claims', async () => {
    const { cookie, back } = await logIn(url, ordinary);
    const elsewhere = await fetch(back, { redirect: 'manual' });
    expect([elsewhere.status, await elsewhere.text()]).toEqual([
      502,
      expect.stringContaining('did not begin'),
    ]);
    const finished = await fetch(back, { redirect: 'manual', headers: { cookie } });
    expect([finished.status, finished.headers.get('location')]).toEqual([303, '/']);
    const page = await fetch(`${url}/`, { headers: { cookie } });
    expect(await page.text()).toMatch(TEN_CLAIMS);
    expect((await fetch(back, { redirect: 'manual', headers: { cookie } })).status).toBe(502);
  });

  test('takes the notice of 42 CFR Part 2 on a page for no claim', async () => {
    const { cookie, back } = await logIn(url, memberOf(northwind, 'sensitive'), { releasing: true });
    await fetch(back, { redirect: 'manual', headers: { cookie } });
    const page = await fetch(`${url}/`, { headers: { cookie } });
    expect(await page.text()).toMatch(TEN_CLAIMS);
  });

  test('asks the member again when she has ended the access', async () => {
    const { cookie, back, agent } = await logIn(url, memberOf(northwind, 'denied'));
    await fetch(back, { redirect: 'manual', headers: { cookie } });
    const open = () => fetch(`${url}/`, { redirect: 'manual', headers: { cookie } });
    expect((await open()).status).toBe(200);
    await endAccess(agent);
    await waitUntil(async () => (await open()).status !== 200, { withinMs: READY_MS });
    const again = await open();
    expect([again.status, again.headers.get('location')]).toEqual([
      303,
      expect.stringContaining(`${northwind.issuer}/authorize?`),
    ]);
  });

  test('asks her again as well where one of two requests learns it while the other waits', async () => {
    const slow = await startSlowBase();
    const slowUrl = await start(slow.base);
    const { cookie, back, agent } = await logIn(slowUrl, memberOf(northwind, 'denied'), { isSlow: true });
    await fetch(back, { redirect: 'manual', headers: { cookie } });
    const open = async () => (await fetch(`${slowUrl}/`, { redirect: 'manual', headers: { cookie } })).status;
    expect(await open()).toBe(200);
    await endAccess(agent);
    await delay(NOTICED_MS);
    slow.isSlow = true;
    expect(await Promise.all([open(), open()])).toEqual([303, 303]);
    slow.close();
  });
});
