/** The yearly report on the use of the API, from an audit trail as audit-service writes it. */
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { inTransaction } from '@patient-access/database';
import { EMPTY_BODY_HASH } from '@patient-access/events';
import type { Resource } from '@patient-access/fhir';
import { alone, mergePersons, unmergePersons } from '@patient-access/fhir-store/ingest';
import { membershipsOf } from '../cms/coverages.ts';
import { figures } from '../cms/figures.ts';
import { asPersons, survivorsOf } from '../cms/persons.ts';
import { agrees, reconcileTransfers } from '../cms/reconcile.ts';
import { cmsFiles } from '../cms/report.ts';
import { transfersOf } from '../cms/transfers.ts';
import { reportOptions } from '../options.ts';
import { claimRead, startWorld, type World } from './world.ts';

const coverage = (id: string, member: string, plan: string, period: object, more: object = {}): Resource => ({
  resourceType: 'Coverage',
  id,
  status: 'active',
  beneficiary: { reference: `Patient/${member}` },
  period,
  payor: [{ reference: 'Organization/payer' }],
  class: [{ type: { coding: [{ code: 'plan' }] }, value: plan, name: `Plan ${plan}` }],
  ...more,
});

const PAYER: Resource = {
  resourceType: 'Organization',
  id: 'payer',
  name: 'Northwind, Inc.',
  identifier: [{ value: '12345' }],
  address: [{ state: 'NY' }],
};

/** The card, as the plan's own pages and links to it read it. */
const ofNoApp = (client: string) =>
  claimRead('none', '2026-03-01T10:00:00.000Z', {
    ...{ service: 'coverage-service', client: { id: client, name: 'Northwind' }, grantId: client },
    ...{ resource: undefined, counts: { Coverage: 1, Patient: 1 } },
  });

const WHO = ['anna', 'ben', 'cora', 'dora', 'emil', 'none'];

test.each([
  ['2026', '2026', 'GOLD'],
  ['2026-06', '2026-06', 'GOLD'],
  ['2026-07', '', '(none)'],
  ['2025', '2026-05', '(none)'],
])('a Coverage from %s to %s has all days of its last month or year', (start, end, plan) => {
  const [units, transfer] = [
    { contract: [], plan: [{ id: 'GOLD' }], state: [], issuer: [] },
    { member: 'anna', client: 'app-1', day: '2026-06-15', answers: 1 },
  ];
  const found = figures([transfer], new Map([['anna', [{ start, end, units }]]]));
  expect(found.filter(({ level }) => level === 'plan').map(({ unit }) => unit.id)).toEqual([plan]);
});

describe('the report to CMS', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
    const contract = { contract: [{ identifier: { value: 'H1234' } }] };
    await world.store(
      PAYER,
      coverage('a', 'anna', 'GOLD', { start: '2026-01-01' }, contract),
      coverage('b1', 'ben', 'GOLD', { start: '2025-01-01', end: '2026-06-30' }),
      coverage('b2', 'ben', 'SILVER', { start: '2026-07-01' }),
      coverage('c', 'cora', 'GOLD', { start: '2026-01-01' }),
      coverage('d', 'dora', 'GOLD', { start: '2026-01-01' }, { status: 'entered-in-error' }),
    );
    await world.record(
      // anna: one day, twice; ben: a day in each of two plans; cora: one day, two apps; dora: one
      claimRead('anna', '2026-03-01T10:00:00.000Z'),
      claimRead('anna', '2026-03-01T23:59:59.999Z'),
      // An app that names the hash of an empty body in its request is counted as others are.
      claimRead('ben', '2026-03-01T10:00:00.000Z', {
        request: `GET ExplanationOfBenefit?_id=7,${EMPTY_BODY_HASH}`,
      }),
      claimRead('ben', '2026-08-01T10:00:00.000Z'),
      claimRead('cora', '2026-03-01T10:00:00.000Z'),
      claimRead('cora', '2026-03-01T10:00:00.000Z', { client: { id: 'portal' } }),
      claimRead('dora', '2026-12-31T23:59:59.999Z'),
      // none of these is a transfer of 2026
      claimRead('emil', '2025-12-31T23:59:59.999Z'),
      claimRead('emil', '2027-01-01T00:00:00.000Z'),
      claimRead('emil', '2026-03-01T10:00:00.000Z', { tenant: 'lakeside' }),
      claimRead('none', '2026-03-01T10:00:00.000Z', { outcome: '4', counts: undefined, resource: undefined }),
      claimRead('none', '2026-03-01T10:00:00.000Z', { counts: { Practitioner: 2, Observation: 0 } }),
      claimRead('none', '2026-03-01T10:00:00.000Z', { bodyHash: EMPTY_BODY_HASH }),
      claimRead('none', '2026-03-01T10:00:00.000Z', { counts: { AuditEvent: 9 }, service: 'audit-service' }),
      ofNoApp('member-pages'),
      ofNoApp('card-link'),
    );
  }, 60_000);
  afterAll(() => world?.stop());

  async function report(ownApps: string[] = [], at = new Date('2027-01-15T04:00:00Z')) {
    const year = await transfersOf(world.auditor, 'northwind', 2026);
    const chosen = year.trail.filter(({ client }) => !ownApps.includes(client));
    const reported = asPersons(chosen, await survivorsOf(world.owner, 'northwind'));
    const found = figures(reported, await membershipsOf(world.owner, 'northwind', WHO));
    const reconciliation = reconcileTransfers(year);
    const options = { tenant: 'northwind', year: 2026, out: '.', ownApps, at };
    return { found, reconciliation, files: cmsFiles(options, found, reconciliation) };
  }
  const lines = (found: Awaited<ReturnType<typeof report>>['found']) =>
    found.map(
      ({ level, unit, once, more, moreAnswers }) => `${level} ${unit.id} ${once} ${more} ${moreAnswers}`,
    );

  test('counts members with a transfer and with more than one, by contract, plan, state and issuer', async () => {
    const { found, reconciliation } = await report();
    expect(lines(found)).toEqual([
      'tenant (all) 4 2 3',
      'contract (none) 3 2 2',
      'contract H1234 1 0 1',
      'plan (none) 1 0 0',
      'plan GOLD 3 1 2',
      'plan SILVER 1 0 0',
      'state (none) 1 0 0',
      'state NY 3 2 3',
      'issuer (none) 1 0 0',
      'issuer 12345 3 2 3',
    ]);
    expect(reconciliation).toEqual({ trail: 6, live: 6, notCounted: 0, notInTrail: 0 });
    expect(agrees(reconciliation)).toBe(true);
  });

  test.each(['cms', 'prior-authorization'])('%s is not made of a plan that is misspelt', async (name) => {
    const out = join(tmpdir(), `report-${randomUUID()}`);
    const program = join(import.meta.dirname, `../${name}.ts`);
    const run = (tenant: string) =>
      spawnSync(process.execPath, [program, '--tenant', tenant, '--year', '2026', '--out', out], {
        env: { PATH: '', ...world.environment },
        encoding: 'utf8',
      });
    const { status, stdout, stderr } = run('nortwind');
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toBe(
      'report: --tenant: nothing is stored of a plan nortwind to report about\nTry --help.\n',
    );
    expect(existsSync(out)).toBe(false);
    expect(run('northwind').stdout).toContain(`northwind-2026.csv`);
    await rm(out, { recursive: true });
  });

  test('a plan of which nothing is loaded yet has nothing late', () => {
    const program = join(import.meta.dirname, '../prior-authorization.ts');
    const asked = ['--tenant', 'newplan', '--year', '2026', '--late-within', '2'];
    const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...asked], {
      env: { PATH: '', ...world.environment },
      encoding: 'utf8',
    });
    expect([status, stdout, stderr]).toEqual([
      0,
      'Nothing is stored of a plan newplan yet, so nothing is late.\n',
      '',
    ]);
  });

  test('without settings the databases are those of the preview in LOCAL_DIR', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'patient-access-report-'));
    const databases = { 'claims-service': world.environment.CLAIMS_INGEST_URL };
    await writeFile(join(folder, 'ingest.json'), JSON.stringify(databases));
    const program = join(import.meta.dirname, '../prior-authorization.ts');
    const asked = ['--tenant', 'newplan', '--year', '2026', '--late-within', '2'];
    const { status, stderr } = spawnSync(process.execPath, [program, ...asked], {
      env: { PATH: '', LOCAL_DIR: folder },
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([0, '']);
    await rm(folder, { recursive: true });
  });

  test('leaves out the plan’s own apps', async () => {
    expect(lines((await report(['portal'])).found)[0]).toBe('tenant (all) 4 1 2');
  });

  test('says of which of the plan’s own apps the trail has no transfer: the id may be misspelt', async () => {
    const out = join(tmpdir(), `report-${randomUUID()}`);
    const own = ['--own-app', 'portal', '--own-app', 'portall'];
    const asked = ['--tenant', 'northwind', '--year', '2026', '--out', out, ...own];
    const program = join(import.meta.dirname, '../cms.ts');
    const { stdout } = spawnSync(process.execPath, [program, ...asked], {
      env: { PATH: '', ...world.environment },
      encoding: 'utf8',
    });
    expect(stdout.split('\n').filter((line) => line.startsWith('--own-app'))).toEqual([
      '--own-app portall: no transfer of 2026 is to such an app. Is that its client id?',
    ]);
    await rm(out, { recursive: true });
  });

  test('covers one year and one tenant', async () => {
    const count = async (tenant: string, year: number) =>
      (await transfersOf(world.auditor, tenant, year)).trail.map(({ member }) => member);
    expect(await count('northwind', 2025)).toEqual(['emil']);
    expect(await count('lakeside', 2026)).toEqual(['emil']);
    expect(await count('nowhere', 2026)).toEqual([]);
    expect(lines(figures([], new Map()))).toEqual(['tenant (all) 0 0 0']);
  });

  test('says until when it counts while the year is not over', async () => {
    const pageAt = async (at: string) => Object.values((await report([], new Date(at))).files)[1];
    expect(await pageAt('2026-12-31T23:59:59Z')).toContain(
      'The year 2026 is not over. Counted until 2026-12-31T23:59:59.000Z.',
    );
    expect(await pageAt('2027-01-01T00:00:00Z')).not.toContain('is not over');
  });

  test('is not made of a year in the future', () => {
    const asked = (year: string) =>
      reportOptions(['--tenant', 'northwind', '--year', year], new Date('2026-12-31T23:59:59Z'));
    expect(asked('2026')).toMatchObject({ year: 2026 });
    expect(() => asked('2027')).toThrow('--year: 2027 is in the future');
  });

  test('names no member, no script, and the same figures in both files', async () => {
    const { files } = await report();
    const [sheet = '', page = ''] = Object.values(files);
    expect(Object.keys(files)).toEqual([
      'patient-access-api-northwind-2026.csv',
      'patient-access-api-northwind-2026.html',
    ]);
    expect(sheet).toContain('"northwind",2026,"plan","GOLD","Plan GOLD",3,1,2\r\n');
    expect(sheet).toContain('"northwind",2026,"issuer","12345","Northwind, Inc.",3,2,3\r\n');
    expect(page).toContain('<td>GOLD</td><td>Plan GOLD</td><td class="number">3</td>');
    expect(page).toContain('The counts agree');
    expect(page).not.toMatch(/<script|https?:|src=/);
    for (const content of [sheet, page])
      for (const who of WHO.slice(0, 5)) expect(content).not.toContain(who);
  });

  const changeReplaced = (statement: string) =>
    inTransaction(world.owner, async (client) => {
      await client.query("SELECT set_config('app.tenant', 'northwind', true)");
      await client.query(statement, ['northwind', 'anna', 'cora', 'c-3']);
    });

  test('O110: counts a person once whose two records were merged', async () => {
    const moving = {
      databases: alone(world.owner),
      tenant: 'northwind',
      feed: { owner: 'coverage-service' as const, by: 'officer' },
    };
    const merge = { change: 'c-1', replaced: 'cora', survivor: 'anna', reason: 'two cards' };
    await mergePersons(moving, merge);
    try {
      const { found, reconciliation } = await report();
      // Of two days and two apps under two ids, one app on one day is one transfer.
      expect(lines(found)[0]).toBe('tenant (all) 3 2 2');
      expect(reconciliation).toEqual({ trail: 6, live: 6, notCounted: 0, notInTrail: 0 });
      const later = { change: 'c-2', replaced: 'anna', survivor: 'dora', reason: 'a third card' };
      await mergePersons(moving, later);
      expect(lines((await report()).found)[0]).toBe('tenant (all) 2 2 2');
      await unmergePersons(moving, later);
      // A build before this one did not refuse that two persons replace each other.
      await changeReplaced(
        'INSERT INTO replaced_person (tenant, member, survivor, change) VALUES ($1, $2, $3, $4)',
      );
      expect(lines((await report()).found)[0]).toBe('tenant (all) 3 2 2');
      await changeReplaced(
        'DELETE FROM replaced_person WHERE tenant = $1 AND member = $2 AND survivor = $3 AND change = $4',
      );
    } finally {
      await unmergePersons(moving, merge);
    }
    expect(lines((await report()).found)[0]).toBe('tenant (all) 4 2 3');
  });

  test('lists the differences between the live counter and the trail', async () => {
    await world.admin.query(
      `INSERT INTO trail.transfer VALUES ('northwind', 'ghost', 'app-1', '2026-05-05')`,
    );
    await world.admin.query(`DELETE FROM trail.transfer WHERE member = 'anna'`);
    const { reconciliation, files, found } = await report();
    expect(reconciliation).toEqual({ trail: 6, live: 6, notCounted: 1, notInTrail: 1 });
    expect(agrees(reconciliation)).toBe(false);
    expect(Object.values(files)[1]).toContain('The counts do not agree');
    // The report uses the trail, because it is chained and signed.
    expect(lines(found)[0]).toBe('tenant (all) 4 2 3');
  });
});
