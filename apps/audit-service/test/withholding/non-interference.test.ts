/**
 * Non-interference of the trail (docs/adr/0053-show-an-app-the-events-of-those-who-see-no-more-than-it.md): of two worlds,
 * one with records that are withheld from an app and one without, the app sees the same AuditEvents, whatever another app
 * that was released these records does with them. Only ids of requests and times may differ.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type AccessEvent, eventOf } from '@patient-access/events';
import { definitions, type Resource, SENSITIVE_CATEGORIES, servedTypes } from '@patient-access/fhir';
import type { TokenClaims } from '@patient-access/smart';
import { type Answer, ask } from '@patient-access/testing';
import { auditEvent } from '../../src/audit-event.ts';
import { searchedValues } from '../../src/term.ts';
import { EVENTS } from '../events.ts';
import { accessEvent, asLines, idOf, startWorld, type World } from '../world.ts';
import { type ClinicalRecords, startRecords } from './acting.ts';

const ACT = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';
const RELEASED = [...SENSITIVE_CATEGORIES['substance-use']];
const TENANTS = ['with', 'without'] as const;
type Tenant = (typeof TENANTS)[number];

const dayIn = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
/** A run may begin before midnight and end after it. */
const DAYS_OF_THIS_RUN = `from=${dayIn(-1)}&to=${dayIn(1)}&zone=UTC`;

const patient = { reference: 'Patient/anna' };
const coded = (code: string) => ({ coding: [{ system: 'http://hl7.org/fhir/sid/icd-10-cm', code }] });
const observation = (id: string, more: object = {}) =>
  ({
    resourceType: 'Observation',
    id,
    status: 'final',
    code: coded('Z00.0'),
    subject: patient,
    ...more,
  }) as Resource;
const PLAIN: Resource[] = [
  observation('plain'),
  { resourceType: 'Condition', id: 'plain', subject: patient, code: coded('J06.9') },
];
const SECRET: Resource[] = [
  observation('secret', { meta: { security: [{ system: ACT, code: 'SUD' }] }, code: coded('F11.20') }),
  {
    resourceType: 'Condition',
    id: 'secret',
    meta: { security: [{ system: ACT, code: '42CFRPart2' }] },
    subject: patient,
    code: coded('F11.20'),
  },
];
/** In the other world it never referred to anything. */
const referring = (tenant: Tenant) =>
  ({
    resourceType: 'DiagnosticReport',
    id: 'report',
    status: 'final',
    code: coded('Z00.0'),
    subject: patient,
    ...(tenant === 'with' && { result: [{ reference: 'Observation/secret' }] }),
  }) as Resource;

const TYPES = servedTypes.filter((type) => definitions.get(type)?.owner === 'clinical-service');
/** What each app asks, whether it is there or not. */
const ASKED = [
  ...['Observation', 'Condition', 'DiagnosticReport'].flatMap((type) =>
    ['plain', 'secret', 'report', 'nothing'].flatMap((id) => [`${type}/${id}`, `${type}/${id}/_history`]),
  ),
  ...TYPES.map((type) => `${type}?_count=2`),
  'Observation?code=http://hl7.org/fhir/sid/icd-10-cm|F11.20',
  'Condition?code=F11.20&_summary=count',
  'DiagnosticReport?result=Observation/secret',
  'DiagnosticReport?result:Observation.code=F11.20',
  'Observation?nonsense=1',
  'Patient/anna/$everything?_part=clinical-service',
  'DocumentReference/$docref?patient=Patient/anna',
  'Claim/of-another-service',
];

/** What other services and people leave in the trail. The same in both worlds, but for what they saw. */
const others = (tenant: Tenant): Partial<AccessEvent>[] => {
  const seen = tenant === 'with' ? 4 : 2;
  const act = { client: { id: 'with-release', name: 'Care Team' }, grantId: 'grant-of-with-release' };
  return [
    { ...EVENTS['consent given'], ...act, sensitive: ['substance-use'], released: RELEASED },
    { ...EVENTS['consent given'], grantId: 'grant-of-nothing', released: [] },
    { ...EVENTS['token issued'], ...act, released: RELEASED },
    { ...EVENTS['login'], released: [] },
    // A page of the member's own, and the plan.
    {
      ...EVENTS['search'],
      released: undefined,
      counts: { AuditEvent: seen },
      request: 'GET access?from=2026-11-01',
    },
    { ...EVENTS['launch opened'], released: undefined, request: tenant === 'with' ? 'secret' : undefined },
    // Whether somebody looks again depends on what was there to see.
    ...(tenant === 'with'
      ? [{ ...EVENTS['token issued'], ...act, action: 'refresh', released: RELEASED }]
      : []),
  ];
};

const REQUEST = (n: number) => `019abcde-0000-7000-8000-${String(n).padStart(12, '0')}`;

describe('the trail that an app sees', () => {
  let world: World;
  let records: ClinicalRecords;
  /** of every event of a world, by which it can be asked for */
  const ids = new Map<Tenant, [requestId: string, service: string][]>();

  const claimsOf = (tenant: string, client: string, sensitive: string[]): TokenClaims =>
    world.issuer.claims(tenant, 'anna', {
      client_id: client,
      client_name: client,
      jti: `jti-of-${client}`,
      grant_id: `grant-of-${client}`,
      scope: 'patient/*.rs patient/AuditEvent.rs',
      sensitive,
    });

  async function act(tenant: Tenant): Promise<void> {
    let n = 0;
    const apps = [claimsOf(tenant, 'with-release', RELEASED), claimsOf(tenant, 'without-release', [])];
    for (const path of ASKED) for (const claims of apps) await records.ask(claims, path, REQUEST((n += 1)));
    // An app that follows what it finds: in one world there is more.
    const found = await records.ask(apps[0] as TokenClaims, 'Observation?_sort=_id', REQUEST((n += 1)));
    const { entry = [] } = JSON.parse(found.text) as { entry?: { resource: Resource }[] };
    expect(entry).toHaveLength(tenant === 'with' ? 2 : 1);
    for (const { resource } of entry)
      await records.ask(apps[0] as TokenClaims, `Observation/${resource.id}`, REQUEST((n += 1)));
    const recorded = new Date().toISOString();
    const events = [
      ...(await records.takeEvents()),
      ...others(tenant).map((change, at) =>
        accessEvent({ ...change, tenant, recorded, requestId: REQUEST(900 + at) }),
      ),
    ];
    // One after the other, with time between them, so that both worlds have them in one order.
    for (const event of events) {
      expect((await world.deliver(asLines(event))).status).toBe(204);
      await delay(2);
    }
    ids.set(
      tenant,
      events.map(({ requestId, service }) => [requestId, service]),
    );
  }

  beforeAll(async () => {
    world = await startWorld();
    records = await startRecords(world);
    for (const tenant of TENANTS) {
      await records.store(tenant, [...PLAIN, ...(tenant === 'with' ? SECRET : []), referring(tenant)]);
      await act(tenant);
    }
  }, 120_000);
  afterAll(async () => {
    await records?.stop();
    await world?.stop();
  });

  /** What differs between two worlds that are the same. */
  const comparable = (text: string, tenant: Tenant): unknown => {
    const bare = text
      .replace(new RegExp(`(?<=[/":]|%2F|%7C)${tenant}(?=[/"&]|%2F)`, 'g'), 'TENANT')
      .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, 'ID')
      .replaceAll(/_history\/\w+/g, '_history/VERSION')
      .replaceAll(/\b[0-9a-f]{64}\b/g, 'HASH')
      .replaceAll(/_cursor=[\w-]+/g, '_cursor=CURSOR')
      .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)/g, 'TIME');
    return JSON.parse(bare);
  };

  const inAnyOrder = (value: unknown): unknown => {
    const { entry, ...rest } = value as { entry?: unknown[] };
    return entry ? { ...rest, entry: entry.map((each) => JSON.stringify(each)).sort() } : value;
  };

  async function askTrail(tenant: Tenant, path: string, sensitive: string[]): Promise<Answer> {
    const authorization = `Bearer ${await world.issuer.sign(claimsOf(tenant, 'without-release', sensitive))}`;
    return ask(world.url, path.replaceAll('TENANT', tenant), { headers: { authorization } });
  }

  /** All that is in the columns of all events of both worlds can be asked for. */
  async function questions(): Promise<string[]> {
    const { rows } = await world.admin.query<{ id: string; record: string; outcome: string }>(
      'SELECT id, record, outcome FROM trail.audit_event',
    );
    const values = rows.flatMap(({ id, record, outcome }) => [
      `outcome=${outcome}`,
      ...searchedValues(auditEvent(eventOf(record), id))
        .filter(([parameter, value]) => value !== '' && !parameter.includes(' '))
        .flatMap(([parameter, value]) => {
          const escaped = value.replaceAll('|', '%7C');
          const asked = `${parameter}=${escaped}`;
          return parameter === 'subtype' ? [asked, `subtype:not=${escaped}`] : [asked];
        }),
    ]);
    const ofTenant = /(?<=\/auth\/|tenant%7C)(with|without)(?=\/|$)/;
    const ofEither = [...new Set(values)].sort();
    const byValue = [...new Set(ofEither.map((value) => value.replace(ofTenant, 'TENANT')))];
    const all = [
      '',
      '_sort=date',
      '_sort=-date',
      'date=ge2020',
      '_lastUpdated=ge2020',
      '_security=42CFRPart2',
    ];
    const counted = [...byValue, ...all].map((query) => `AuditEvent?${query}&_summary=count`);
    const pages = [...byValue, ...all].map((query) => `AuditEvent?${query}&_count=20`);
    const summary = `/internal/access/TENANT?${DAYS_OF_THIS_RUN}`;
    return [...[...pages, ...counted].map((path) => `/TENANT/${path}`), summary];
  }

  /** @returns which questions are answered otherwise in the two worlds */
  async function differing(sensitive: string[]) {
    const found: [string, unknown, unknown][] = [];
    const asked = await questions();
    for (const question of asked) {
      const [one, two] = [
        await askTrail('with', question, sensitive),
        await askTrail('without', question, sensitive),
      ];
      const [first, second] = [
        [one.status, inAnyOrder(comparable(one.text, 'with'))],
        [two.status, inAnyOrder(comparable(two.text, 'without'))],
      ];
      if (JSON.stringify(first) !== JSON.stringify(second)) found.push([question, first, second]);
    }
    return { found, asked: asked.length };
  }

  it('is the same whether the withheld records are there or not', async () => {
    const { found, asked } = await differing([]);
    expect(found.map(([question]) => question)).toEqual([]);
    console.info(`${ids.get('with')?.length} events, ${asked} questions`);
    expect(asked).toBeGreaterThan(300);
  }, 120_000);

  it('differs for an app to which they were released, and that sees no less than it did', async () => {
    const { found } = await differing(RELEASED);
    expect(found.length).toBeGreaterThan(20);
  }, 120_000);

  it('has each event that the app would have without them, and of the others not a trace', async () => {
    const statuses = new Map<Tenant, Map<string, number>>();
    const unknown = await askTrail('with', '/TENANT/AuditEvent/00000000-0000-8000-a000-000000000000', []);
    for (const tenant of TENANTS) {
      const of = new Map<string, number>();
      statuses.set(tenant, of);
      for (const [requestId, service] of ids.get(tenant) ?? []) {
        const id = idOf({ tenant, requestId, service } as AccessEvent);
        const read = await askTrail(tenant, `/TENANT/AuditEvent/${id}`, []);
        of.set(`${requestId} ${service}`, read.status);
        for (const path of [`AuditEvent?_id=${id}&_summary=count`, `AuditEvent/${id}/_history/1`]) {
          const other = await askTrail(tenant, `/TENANT/${path}`, []);
          if (read.status === 404) {
            if (path.includes('?')) expect(JSON.parse(other.text)).toMatchObject({ total: 0 });
            else expect(other.status).toBe(404);
            expect(comparable(read.text, tenant)).toEqual(comparable(unknown.text, 'with'));
          } else expect(other.status).toBe(200);
        }
      }
    }
    const visible = (tenant: Tenant) =>
      [...(statuses.get(tenant) ?? [])].filter(([, status]) => status === 200).length;
    expect(visible('with')).toBe(visible('without'));
    // Its own reads, what needs no release, and no more.
    expect(visible('with')).toBe(ASKED.length + 2);
  }, 120_000);

  it('is all there on the member’s own page', async () => {
    const claims = { ...claimsOf('with', 'member-pages', []), scope: 'patient/AuditEvent.s' };
    const times = async (change: Partial<TokenClaims>) => {
      const authorization = `Bearer ${await world.issuer.sign({ ...claims, ...change })}`;
      const path = `/internal/access/with?${DAYS_OF_THIS_RUN}`;
      const { text } = await ask(world.url, path, { headers: { authorization } });
      const { accesses } = JSON.parse(text) as { accesses: { app: string; times: number }[] };
      return accesses.reduce((sum, each) => sum + each.times, 0);
    };
    const { rows } = await world.admin.query<{ count: number }>(
      `SELECT count(*)::int FROM trail.audit_event WHERE tenant = 'with' AND kind IN ('rest', 'consent')`,
    );
    expect(await times({ whole_record: true })).toBe(rows[0]?.count);
    expect(await times({})).toBeLessThan(rows[0]?.count ?? 0);
  });
});
