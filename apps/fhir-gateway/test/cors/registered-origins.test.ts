import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { waitUntil } from '@patient-access/testing';
import { Pool } from 'undici';
import { AuthClient } from '../../src/auth-client/auth-client.ts';
import { RegisteredOrigins } from '../../src/edge/registered-origins.ts';
import { type Party, startParty } from '../world.ts';

const [ORIGIN, OTHER] = ['https://app.example', 'https://other.example'];

let auth: Party;
let pool: Pool;
beforeAll(async () => {
  auth = await startParty((_request, response) => response.writeHead(204).end());
  pool = new Pool(auth.url);
});
afterAll(async () => {
  await pool?.destroy();
  await auth?.stop();
});

test('while auth-service does not answer, what it said last holds', async () => {
  const origins = new RegisteredOrigins(new AuthClient(pool, 'a secret of the tests', 1), 1);
  expect(await origins.isRegistered('northwind', ORIGIN)).toBe(true);
  auth.handle = (_request, response) => response.writeHead(500).end();
  const before = auth.received.length;
  await waitUntil(async () => {
    expect(await origins.isRegistered('northwind', ORIGIN)).toBe(true);
    return auth.received.length > before;
  });
  expect(await origins.isRegistered('northwind', OTHER)).toBe(false);
  expect(await origins.isRegistered('elsewhere', ORIGIN)).toBe(false);
  auth.handle = (_request, response) => response.writeHead(404).end();
  await waitUntil(async () => !(await origins.isRegistered('northwind', ORIGIN)));
});

test('while auth-service hangs, a page waits for nothing that it said before, and asks it once', async () => {
  auth.handle = (_request, response) => response.writeHead(204).end();
  const origins = new RegisteredOrigins(new AuthClient(pool, 'a secret of the tests', 1), 1);
  expect(await origins.isRegistered('northwind', ORIGIN)).toBe(true);
  auth.handle = () => undefined;
  const before = auth.received.length;
  await waitUntil(async () => {
    // It would wait for five seconds.
    const start = Date.now();
    expect(await origins.isRegistered('northwind', ORIGIN)).toBe(true);
    expect(Date.now() - start).toBeLessThan(3_000);
    return auth.received.length > before;
  });
  for (let page = 0; page < 5; page += 1) expect(await origins.isRegistered('northwind', ORIGIN)).toBe(true);
  expect(auth.received.length).toBe(before + 1);
});
