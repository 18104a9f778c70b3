/** What audit-service says of held plans, and for how long that is believed. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { MissingEvents } from '@patient-access/internal-api';
import { auditStore } from '../../src/audit-store.ts';
import { SIGNER } from '../world.ts';

const PRODUCER = 'claims-service/00000000-0000-4000-8000-000000000000';
const HOUR_MS = 3_600_000;

describe('a store of which a plan is held', () => {
  let server: Server;
  let answer: MissingEvents;
  beforeAll(async () => {
    server = createServer((_request, response) => response.end(JSON.stringify(answer)));
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  });
  afterAll(() => void server.close());

  const open = (believeMs: number) =>
    auditStore(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, SIGNER, believeMs);

  async function heldAfter(store: ReturnType<typeof auditStore>, said: MissingEvents): Promise<string[]> {
    answer = said;
    await store.missing(PRODUCER, [1, 1]);
    return [...store.held];
  }

  it('is believed while a replica that has just started says nothing of it, and until another answer says otherwise', async () => {
    const store = open(HOUR_MS);
    expect(await heldAfter(store, { missing: [], held: ['northwind'] })).toEqual(['northwind']);
    expect(await heldAfter(store, { missing: [] })).toEqual(['northwind']);
    expect(await heldAfter(store, { missing: [], held: [] })).toEqual([]);
  });

  it('is not believed for ever when no answer says anything of held plans, as of a release before', async () => {
    const store = open(0);
    expect(await heldAfter(store, { missing: [], held: ['northwind'] })).toEqual(['northwind']);
    expect(await heldAfter(store, { missing: [] })).toEqual([]);
  });
});
