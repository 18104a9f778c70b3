/** An import records access events: who imported what, in the transaction that stores the data. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AccessEvent } from '@patient-access/events';
import { ownEvents } from '@patient-access/testing';
import { databaseOf, ingestSetting, RECORD_SERVICES } from '@patient-access/topology';
import pg from 'pg';
import { createWorld, type World } from '../world.ts';

const patient = (id: string, family: string) => ({ resourceType: 'Patient', id, name: [{ family }] });
const coverage = (id: string, beneficiary: string) => ({
  resourceType: 'Coverage',
  id,
  status: 'active',
  beneficiary: { reference: `Patient/${beneficiary}` },
  payor: [{ display: 'Northwind' }],
});
const claim = {
  resourceType: 'Observation',
  id: 'o1',
  status: 'final',
  code: { text: 'HbA1c' },
  subject: { reference: 'Patient/p1' },
};

describe('an import', () => {
  let world: World;
  let admin: Record<string, pg.Pool>;
  beforeAll(async () => {
    world = await createWorld();
    admin = Object.fromEntries(
      RECORD_SERVICES.map((owner) => {
        const { port } = new URL(world.environment[ingestSetting(owner)] ?? '');
        const database = databaseOf(owner);
        const connectionString = `postgres://postgres:embedded@127.0.0.1:${port}/${database}`;
        const pool = new pg.Pool({ connectionString, max: 1 });
        pool.on('error', () => undefined);
        return [owner, pool];
      }),
    );
  });
  afterAll(async () => {
    for (const pool of Object.values(admin ?? {})) await pool.end();
    await world?.end();
  });

  const events = async (owner: string): Promise<AccessEvent[]> => {
    const rows = await admin[owner]?.query<{ body: string }>('SELECT body FROM outbox ORDER BY created_at');
    return ownEvents(
      owner,
      (rows?.rows ?? []).map(({ body }) => body),
    );
  };
  const importThese = async (...resources: object[]) => {
    const lines = resources.map((resource) => JSON.stringify(resource)).join('\n');
    return world.importFiles('northwind', await world.file('some.ndjson', lines));
  };

  it('records who imported how many resources of which types, and names no member and no content', async () => {
    await importThese(patient('p1', 'Doe'), coverage('c1', 'p1'), coverage('c2', 'p1'), claim);
    const [stored, ...more] = await events('coverage-service');
    expect(more).toEqual([]);
    expect(stored).toMatchObject({
      service: 'coverage-service',
      tenant: 'northwind',
      kind: 'ingest',
      action: 'import',
      outcome: '0',
      counts: { Patient: 1, Coverage: 2 },
      user: { iss: 'urn:payer-patient-access:administration', sub: expect.stringMatching(/./) },
    });
    expect(await events('clinical-service')).toMatchObject([{ counts: { Observation: 1 } }]);
    expect(await events('claims-service')).toEqual([]);
    expect(JSON.stringify([stored, await events('clinical-service')])).not.toMatch(/p1|Doe|HbA1c/);
  });

  it('records nothing when it changes nothing, and only the changed part otherwise', async () => {
    await importThese(patient('p1', 'Doe'), coverage('c1', 'p1'));
    expect(await events('coverage-service')).toHaveLength(1);
    await importThese(patient('p1', 'Roe'), coverage('c1', 'p1'), { resourceType: 'Coverage', id: 'c9' });
    expect((await events('coverage-service')).at(-1)?.counts).toEqual({ Patient: 1 });
  });

  it('stores no data when its event cannot be stored', async () => {
    await admin['coverage-service']?.query('REVOKE INSERT ON outbox FROM coverage_ingest');
    await expect(importThese(patient('p7', 'Doe'))).rejects.toThrow('permission denied');
    await admin['coverage-service']?.query('GRANT INSERT ON outbox TO coverage_ingest');
    expect(await world.stored('northwind', 'Patient/p7')).toEqual([]);
  });

  it('A29: is not the only act: who sets words and rhythms, or goes through all records, is recorded too', async () => {
    const acts = async (owner: string) =>
      (await events(owner)).flatMap(({ action, tenant, user, request }) =>
        request ? [`${action} in ${tenant} by ${user?.sub ? 'somebody' : 'nobody'}: ${request}`] : [],
      );
    const file = await world.file('words.csv', 'system,version,code,display\nurn:own,,1,One\nurn:own,,2,Two');
    const commands = [
      ['displays', file],
      ['displays', '--directory', '--remove', 'urn:own'],
      ['displays', '--stored'],
      ['freshness', '--expect', 'Coverage=1w', '--expect', 'ExplanationOfBenefit=none'],
      ['reindex', '--guides', 'none'],
      ['reindex', '--guides', '2023', '--owner', 'coverage-service', '--after', 'p1/Patient/p1'],
    ];
    for (const [name = '', ...args] of commands)
      expect(await world.run(name, ['--tenant', 'northwind', ...args])).toMatchObject({ code: 0 });
    expect(await acts('coverage-service')).toEqual([
      'set-displays in northwind by somebody: northwind, urn:own: 2 displays',
      'set-displays in northwind by somebody: northwind~provider-directory, urn:own: 0 displays',
      'add-words in northwind by somebody: northwind',
      'set-rhythm in northwind by somebody: northwind, Coverage: 604800 seconds',
      'reindex in northwind by somebody: northwind, checked by: nothing',
      expect.stringMatching(/: northwind, checked by: .*carin.*, goes on in coverage-service$/),
    ]);
    expect(await acts('claims-service')).toEqual([
      'set-rhythm in northwind by somebody: northwind, ExplanationOfBenefit: none',
    ]);
    expect(await acts('clinical-service')).toEqual([]);
  });

  it('cannot read events that others have recorded', async () => {
    const client = new pg.Client({ connectionString: Object.values(world.environment)[0] });
    await client.connect();
    await expect(client.query('SELECT body FROM outbox')).rejects.toThrow('permission denied');
    await client.end();
  });
});
