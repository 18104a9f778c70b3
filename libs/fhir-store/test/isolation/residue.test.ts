import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createPool, type Pool } from '@patient-access/database';
import { observation } from '@patient-access/testing';
import { readScoped, type Scope } from '../../src/scope.ts';
import { startWorld, type World } from '../world.ts';

const ROUNDS = 400;
const SCOPES: Scope[] = [
  { tenant: 'north', member: 'anna' },
  { tenant: 'south', member: 'anna' },
  { tenant: 'north', member: 'ben' },
];
const everything = { text: 'SELECT tenant, member FROM resource', values: [] };
const FAILURES = [
  { text: 'SELECT 1/0', values: [] },
  { text: 'SELECT * FROM no_such_table', values: [] },
  { text: "SELECT set_config('app.tenant', 'south', false), 1/0", values: [] },
  { text: 'SELECT pg_terminate_backend(pg_backend_pid())', values: [] },
];

describe('a connection', () => {
  let world: World;
  let service: Pool;
  beforeAll(async () => {
    world = await startWorld();
    for (const { tenant, member } of SCOPES)
      await world.store(tenant, observation(`${tenant}-${member}`, member));
    // One connection: each request gets what the one before has left.
    service = await createPool(world.urls.service, { max: 1, readOnly: true });
  });
  afterAll(async () => {
    await service?.end();
    await world?.stop();
  });

  it('keeps nothing of the request before, however that ended (case T03)', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const scope = SCOPES[round % SCOPES.length] as Scope;
      const before = SCOPES[(round + 1) % SCOPES.length] as Scope;
      if (round % 3 === 0) {
        const failure = FAILURES[(round / 3) % FAILURES.length] ?? everything;
        await expect(readScoped(service, before, [everything, failure])).rejects.toThrow();
      } else await readScoped(service, before, [everything]);
      const [rows] = await readScoped(service, scope, [everything]);
      expect(rows).toEqual([scope]);
    }
  });

  it('that has served a request has no context left', async () => {
    await readScoped(service, SCOPES[0] as Scope, [everything]);
    const { rows } = await service.query("SELECT current_setting('app.tenant', true) AS tenant");
    expect(rows[0]?.tenant || '').toBe('');
    await expect(service.query('SELECT * FROM resource')).rejects.toThrow('context');
  });

  it('serves many at once, each its own', async () => {
    const wide = await createPool(world.urls.service, { max: 4, readOnly: true });
    const asked = Array.from({ length: 300 }, async (_, at) => {
      const scope = SCOPES[at % SCOPES.length] as Scope;
      if (at % 7 === 0) await readScoped(wide, scope, [FAILURES[0] ?? everything]).catch(() => undefined);
      const [rows] = await readScoped<Scope>(wide, scope, [everything]);
      return rows?.length === 1 && rows[0]?.tenant === scope.tenant && rows[0].member === scope.member;
    });
    expect((await Promise.all(asked)).every(Boolean)).toBe(true);
    await wide.end();
  });
});
