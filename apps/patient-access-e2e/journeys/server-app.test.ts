/** The server of docs/examples, started as its developer would, with a member in a browser. */
import { type ChildProcess, spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { answerPages, UserAgent } from '@patient-access/first-call';
import { freePort, waitUntil } from '@patient-access/testing';
import { memberOf, world } from '../installation/world.ts';

const { northwind } = world();
const { login, password, patientId } = memberOf(northwind, 'ordinary');
const SERVER = resolve(import.meta.dirname, '../../../docs/examples/server-app/server.js');
const READY_MS = 20_000;

describe('the example of a server', () => {
  let server: ChildProcess | undefined;
  afterAll(() => void server?.kill());

  async function start(): Promise<string> {
    const url = `http://127.0.0.1:${await freePort()}`;
    const registered = await fetch(`${northwind.issuer}/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        client_name: 'Claims On A Server',
        redirect_uris: [`${url}/callback`],
        token_endpoint_auth_method: 'client_secret_basic',
      }),
    });
    const { client_id: CLIENT_ID, client_secret: CLIENT_SECRET } =
      (await registered.json()) as NodeJS.Dict<string>;
    const env = { FHIR_BASE: northwind.fhirBase, CLIENT_ID, CLIENT_SECRET, PORT: new URL(url).port };
    const child = spawn(process.execPath, [SERVER], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    server = child;
    let said = '';
    child.stdout.on('data', (chunk) => (said += String(chunk)));
    await waitUntil(() => Promise.resolve(said.includes(`open ${url}/`)), { withinMs: READY_MS });
    return url;
  }

  test('logs a member in, keeps the tokens to itself and shows claims', async () => {
    const url = await start();
    const opened = await fetch(`${url}/`, { redirect: 'manual' });
    const [cookie = ''] = (opened.headers.getSetCookie()[0] ?? '').split(';');
    const authorize = new URL(opened.headers.get('location') ?? '');
    const agent = new UserAgent();
    const redirect = `${url}/callback`;
    const first = await agent.open(authorize, redirect);
    const back = await answerPages(agent, first, { ...northwind, login, password, patientId }, redirect);
    const elsewhere = await fetch(back, { redirect: 'manual' });
    expect([elsewhere.status, await elsewhere.text()]).toEqual([
      502,
      expect.stringContaining('did not begin'),
    ]);
    const finished = await fetch(back, { redirect: 'manual', headers: { cookie } });
    expect([finished.status, finished.headers.get('location')]).toEqual([303, '/']);
    const page = await fetch(`${url}/`, { headers: { cookie } });
    expect(await page.text()).toMatch(
      /^The newest claims of your member\n\n(?:\d{4}-\d\d-\d\d {2}.+\n){10}$/,
    );
    expect((await fetch(back, { redirect: 'manual', headers: { cookie } })).status).toBe(502);
  });
});
