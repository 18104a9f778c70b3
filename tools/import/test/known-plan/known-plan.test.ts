/** Commands that are given the name of a plan which is not there. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { fhirBase } from '@patient-access/fhir';
import pg from 'pg';
import { importedCondition, ndjson, patient } from '../resources.ts';
import { createWorld, type World } from '../world.ts';

/** What a command of a plan may leave in a database. */
const TRACES = `
  SELECT 'deleted_plan' AS left_in FROM deleted_plan UNION ALL SELECT 'feed' FROM feed WHERE tenant <> 'northwind'
  UNION ALL SELECT 'sensitive_codes' FROM sensitive_codes UNION ALL SELECT 'code_display' FROM code_display
  UNION ALL SELECT 'plan_database' FROM plan_database UNION ALL SELECT 'outbox' FROM outbox WHERE body LIKE '%nortwind%'`;

const OUTCOME = '{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"not-found"}]}';

let world: World;
let served: Server;
let settings: { PUBLIC_URL: string };
/** what is answered for a plan that is not there, as fhir-gateway does */
const GATEWAY = { mediaType: 'application/fhir+json; charset=utf-8', notFound: OUTCOME };
let { mediaType, notFound } = GATEWAY;
beforeAll(async () => {
  world = await createWorld();
  await world.importFiles('northwind', await world.file('p.ndjson', ndjson(patient('p'))));
  await world.file('codes.json', '[{"category":"violence","codes":{"x":["y"]}}]');
  await world.file('displays.csv', 'system,version,code,display\nhttp://codes.example,,a,A word\n');
  served = createServer((request, response) => {
    const isKnown =
      `${settings.PUBLIC_URL}${request.url}` === `${fhirBase(settings.PUBLIC_URL, 'newplan')}/metadata`;
    if (isKnown) response.end('{}');
    else response.writeHead(404, { 'content-type': mediaType }).end(notFound);
  });
  await new Promise<void>((listening) => served.listen(0, '127.0.0.1', listening));
  settings = { PUBLIC_URL: `http://127.0.0.1:${(served.address() as AddressInfo).port}` };
}, 60_000);
afterAll(async () => {
  served?.close();
  await world?.end();
});

async function traces(): Promise<string[]> {
  const all: string[] = [];
  for (const owner of world.stores.keys()) {
    const admin = new pg.Client({ connectionString: world.adminUrlOf(owner) });
    await admin.connect();
    const { rows } = await admin.query<{ left_in: string }>(TRACES).finally(() => admin.end());
    all.push(...rows.map(({ left_in: table }) => table));
  }
  return all;
}

const COMMANDS: [string, string[]][] = [
  ['report', ['--guides', '2023']],
  ['labels', ['codes.json']],
  ['displays', ['displays.csv']],
  ['displays', ['--stored']],
  ['freshness', []],
  ['freshness', ['--expect', 'Patient=1d']],
  ['merges', []],
  ['reindex', ['--guides', 'none']],
  ['withdraw', ['--record', 'Claim/1', '--from', 'p', '--reason', 'r']],
  ['export-plan', ['--out', 'taken-along']],
  ['move-plan', ['--owner', 'claims-service', '--to', 'default']],
  ['delete-plan', ['--confirm', 'nortwind']],
];

describe('a plan that is misspelt', () => {
  it.each(COMMANDS)('%s %j refuses it in one line, and leaves nothing', async (name, words) => {
    const { code, out, err } = await world.run(name, ['--tenant', 'nortwind', ...words]);
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(
      /^\S+: --tenant: nothing is stored of a plan nortwind\. If it is new, set PUBLIC_URL.*\n$/,
    );
    expect(await traces()).toEqual([]);
  });

  it('is refused where the installation does not serve it, either', async () => {
    const { code, err } = await world.run('labels', ['--tenant', 'nortwind', 'codes.json'], settings);
    expect([code, err]).toEqual([
      1,
      expect.stringMatching(/nortwind.metadata does not serve it \(HTTP 404\)\n$/),
    ]);
    expect(await traces()).toEqual([]);
  });

  it('is a wrong call when it is empty', async () => {
    const { code, err } = await world.run('reindex', ['--tenant', '', '--guides', 'none']);
    expect([code, err]).toEqual([1, expect.stringMatching(/^reindex: usage: /)]);
  });
});

describe('a plan that is there', () => {
  it('is known by what is stored of it, and by what it publishes', async () => {
    const published = ndjson({ resourceType: 'Practitioner', id: 'dr', name: [{ family: 'Gray' }] });
    const file = await world.file('directory.ndjson', published);
    await world.importFiles('public~provider-directory', file);
    for (const tenant of ['northwind', 'public'])
      expect(await world.run('merges', ['--tenant', tenant])).toMatchObject({ code: 0, err: '' });
    const args = ['--tenant', 'public', '--directory', '--guides', '2023'];
    const again = await world.run('reindex', args);
    expect(again).toMatchObject({ code: 0, err: '' });
    expect(again.out).toMatch(/^clinical-service: 1, \d with findings;/m);
    expect(again.out).toContain('npm run import:report -- --tenant public --directory');
  });

  it('has what names something withheld formed anew by reindex', async () => {
    const security = [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'ETH' }];
    const withheld = importedCondition('eth', 'p', { meta: { security } });
    const naming = importedCondition('plain', 'p', {
      evidence: [{ detail: [{ reference: 'Condition/eth' }] }],
    });
    await world.importFiles(
      'formed',
      await world.file('formed.ndjson', ndjson(patient('p'), withheld, naming)),
    );
    const { code, out } = await world.run('reindex', ['--tenant', 'formed', '--guides', 'none']);
    expect([code, out]).toEqual([0, expect.stringContaining('1 of 1 members formed anew')]);
  });

  it('is known without records where it is served', async () => {
    const { code, err } = await world.run('labels', ['--tenant', 'newplan', 'codes.json'], settings);
    expect([code, err]).toEqual([0, '']);
  });

  it('stays known after its records are deleted, so that a deletion can be begun again', async () => {
    const words = ['--tenant', 'northwind', '--confirm', 'northwind'];
    for (const time of ['first', 'second'])
      expect([time, (await world.run('delete-plan', words)).code]).toEqual([time, 0]);
  });
});

describe('a plan whose records are to be deleted', () => {
  const remove = (tenant: string, PUBLIC_URL: string) =>
    world.run('delete-plan', ['--tenant', tenant, '--confirm', tenant], { PUBLIC_URL });
  const load = async (tenant: string) =>
    world.importFiles(tenant, await world.file(`${tenant}.ndjson`, ndjson(patient('p'))));

  beforeAll(() => load('kept'));

  it('keeps them while it is served', async () => {
    await load('newplan');
    const { code, out, err } = await remove('newplan', settings.PUBLIC_URL);
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(
      /^import:delete-plan: \S+metadata serves newplan\. First run tenant delete, and .*\n$/,
    );
    expect(await world.stored('newplan')).toHaveLength(1);
  });

  it('keeps them where nobody says that it is gone', async () => {
    const { code, err } = await remove('newplan', 'http://127.0.0.1:1');
    expect([code, err]).toEqual([1, expect.stringContaining('nobody says that newplan is gone. http')]);
    expect(await world.stored('newplan')).toHaveLength(1);
  });

  it.each([
    ['text/html', '<h1>404 Not Found</h1>'],
    ['text/plain', 'default backend - 404'],
    ['application/fhir+json', '{'],
    ['application/fhir+json', 'null'],
    ['application/json', OUTCOME],
  ])('keeps them where somebody else answers with 404: %s %s', async (type, body) => {
    [mediaType, notFound] = [type, body];
    try {
      const { code, out, err } = await remove('kept', settings.PUBLIC_URL);
      expect([code, out]).toEqual([1, '']);
      expect(err).toContain(
        `nobody says that kept is gone. ${fhirBase(settings.PUBLIC_URL, 'kept')}/metadata`,
      );
      expect(err).toContain('(HTTP 404 without an OperationOutcome)');
      expect(await world.stored('kept')).toHaveLength(1);
    } finally {
      ({ mediaType, notFound } = GATEWAY);
    }
  });

  it('loses them when it is no longer served', async () => {
    await load('gone');
    expect(await remove('gone', settings.PUBLIC_URL)).toMatchObject({ code: 0, err: '' });
    expect(await world.stored('gone')).toEqual([]);
  });
});

describe('an import of a plan of which nothing was stored', () => {
  const load = (tenant: string, words: string[] = [], more = {}) =>
    world.run('main', ['--tenant', tenant, '--guides', 'none', ...words, 'p.ndjson'], more);

  it.each([[[]], [['--directory']]])('is refused where it is not served: %j', async (words) => {
    const { code, out, err } = await load('nortwind', words, settings);
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(
      /^import: --tenant: nothing is stored of a plan nortwind\. \S+ does not serve it \(HTTP 404\)\n$/,
    );
    expect(await world.stored('nortwind')).toEqual([]);
  });

  it('is a first load where it is served', async () => {
    expect(await load('newplan', [], settings)).toMatchObject({ code: 0, err: '' });
  });

  it('says so where nobody can be asked, and the next load does not', async () => {
    const doubt = /^is first the right name\? Nothing was stored of such a plan before\. .*PUBLIC_URL.*\n$/;
    expect(await load('first')).toMatchObject({ code: 0, err: expect.stringMatching(doubt) });
    expect(await load('first')).toMatchObject({ code: 0, err: '' });
    const away = await load('second', [], { PUBLIC_URL: 'http://127.0.0.1:1' });
    expect(away).toMatchObject({ code: 0, err: expect.stringContaining('ECONNREFUSED') });
  });
});
