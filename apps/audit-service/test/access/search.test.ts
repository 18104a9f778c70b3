/**
 * Searches of a member's own trail. A search reads only the index of this member's events, however many the plan has.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { definitions, type Definition, parseSearch } from '@patient-access/fhir';
import { IN_ORDER, searchPageStatement } from '@patient-access/fhir-store';
import { explainRun } from '@patient-access/testing';
import pg from 'pg';
import { searchColumns } from '../../src/auditor-search/conditions.ts';
import { EVENTS } from '../events.ts';
import { type BalpEvent, problemsWith } from '../shape/profiles.ts';
import { asAuditor } from '../auditor-search/auditors.ts';
import { accessEvent, asMember, asLines, eventsIn, startWorld, type World } from '../world.ts';

const LOGINS = 'https://plan.example/auth/northwind/oauth2/v1';
const DICOM = 'http://dicom.nema.org/resources/ontology/DCM';
const BALP = 'https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit';
const [ACTION, OUTCOME] = ['action', 'outcome'].map((name) => `http://hl7.org/fhir/audit-event-${name}`);
const REQUEST = '11111111-1111-4111-8111-111111111111';

/** Values by parameter: some that events have, and one that no event has. */
const QUERIES: Readonly<Record<string, readonly string[]>> = {
  _id: ['none'],
  _lastUpdated: ['gt2026-01-01', 'lt2026-01-01'],
  _profile: [`${BALP}.PatientRead`, `${BALP}.Nothing`],
  action: ['R', 'E', 'R,E', 'D', 'http://x|R', `${ACTION}|R`, `${ACTION}|`],
  'agent:identifier': [
    'app-1',
    '|app-1',
    `${LOGINS}|login-1`,
    'login-2',
    `${LOGINS}|`,
    'app|2',
    'app%5C%7C2',
    'x',
    'http://x|',
  ],
  date: ['2026-11-25', 'ne2026-11-25', 'lt2026', 'ge2026-11-20'],
  entity: ['ExplanationOfBenefit/7', 'Patient/anna', 'Patient/ben', 'Claim/7'],
  'entity:identifier': ['grant-1', '|grant-1', REQUEST, 'grant-1,x', 'x'],
  outcome: ['0', '4', '4,8', '12', '1', `${OUTCOME}|4`, `${OUTCOME}|`],
  policy: ['urn:ietf:params:oauth:jti:sha256.jti-1', 'urn:x'],
  'source:identifier': ['claims-service', 'auth-service', 'none'],
  subtype: [
    'read',
    'search',
    'http://hl7.org/fhir/restful-interaction|search-type',
    `${DICOM}|`,
    'consent-grant',
    'urn:payer-patient-access:event|consent-revoke',
    'none',
  ],
  type: ['rest', '110113', `${DICOM}|110114`, `${DICOM}|`, `${DICOM}|rest`, 'none'],
};
const NEGATED = ['action', 'outcome', 'subtype', 'type'];
const EVERY_QUERY = [
  ...Object.entries(QUERIES).flatMap(([name, values]) => values.map((value) => `${name}=${value}`)),
  ...NEGATED.flatMap((name) => (QUERIES[name] ?? []).map((value) => `${name}:not=${value}`)),
  ...Object.keys(QUERIES)
    .filter((name) => !name.includes(':'))
    .concat('agent', 'source')
    .flatMap((name) => ['true', 'false'].map((missing) => `${name}:missing=${missing}`)),
  'agent:identifier=app-1&outcome=4',
  'action:not=E&agent:identifier=app-1&type=rest&date=ge2026',
  'type=rest,110113&subtype=read,consent-grant',
];

/** No app is shown that a record was withdrawn: the event names a record that never was of this person. */
const SHOWN = Object.entries(EVENTS)
  .filter(([name]) => name !== 'correction of a record')
  .map(([, event]) => event);

describe('a member’s search of the trail', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
    const other = { client: { id: 'app|2', name: 'Other' }, grantId: 'grant-2', token: 'sha256.jti-2' };
    await world.deliver(
      asLines(
        ...SHOWN.map((kind) => accessEvent({ ...kind, member: 'anna' })),
        accessEvent({ ...other, requestId: REQUEST, recorded: '2025-01-01T00:00:00.000Z' }),
        accessEvent({ member: 'ben' }),
      ),
    );
  });
  afterAll(() => world?.stop());

  const found = ({ text, status }: Parameters<typeof eventsIn>[0]) => ({
    status,
    ids: status === 200 ? eventsIn({ text } as Parameters<typeof eventsIn>[0]).map(({ id }) => id) : [],
  });

  it.each(EVERY_QUERY)(
    'by %s finds the same as an auditor’s search, which uses the columns',
    async (query) => {
      const member = await asMember(world, 'northwind', 'anna');
      const auditor = await asAuditor(world);
      const hers = found(await member(`AuditEvent?_count=100&${query}`));
      const seen = found(await auditor(`AuditEvent?_count=100&patient=anna&${query}`));
      expect(hers).toEqual(seen);
      expect(seen.status).toBe(200);
    },
  );

  it.each(['consent-grant', 'urn:payer-patient-access:event|consent-grant', 'AuthZ-Consent'])(
    'by the subtype %s finds the consent that was given, for members and auditors',
    async (subtype) => {
      for (const asker of [await asMember(world, 'northwind', 'anna'), await asAuditor(world)]) {
        const events = eventsIn(await asker(`AuditEvent?_count=100&subtype=${subtype}`));
        expect(events.some(({ extension }) => JSON.stringify(extension).includes('consent-grant'))).toBe(
          true,
        );
      }
    },
  );

  it.each([
    ['action=R', `action=${ACTION}|R`],
    ['action:missing=false', `action=${ACTION}|`],
    ['outcome=4', `outcome=${OUTCOME}|4`],
    ['outcome:missing=false', `outcome=${OUTCOME}|`],
    ['outcome:not=4', `outcome:not=${OUTCOME}|4`],
  ])('by %s finds the same as by %s, the system of its value set', async (plain, withSystem) => {
    for (const asker of [await asMember(world, 'northwind', 'anna'), await asAuditor(world)]) {
      const [all, same] = [
        await asker(`AuditEvent?_count=100&${plain}`),
        await asker(`AuditEvent?_count=100&${withSystem}`),
      ];
      expect(found(all).ids.length).toBeGreaterThan(0);
      expect(found(same)).toEqual(found(all));
    }
  });

  it('is served events that conform to the profiles that they claim, each of them', async () => {
    const events = eventsIn(await (await asAuditor(world))('AuditEvent?_count=100'));
    expect(events.length).toBeGreaterThan(SHOWN.length);
    const problems = events.flatMap((event) => problemsWith(event as unknown as BalpEvent));
    expect(problems).toEqual([]);
    const claimed = new Set(events.flatMap(({ meta }) => meta.profile ?? []));
    expect([...claimed].sort()).toEqual(
      ['AuthZconsent', 'PatientQuery', 'PatientRead'].map((name) => `${BALP}.${name}`),
    );
  });

  it.each(['date', '-date', '-date,_id'])('can be sorted by %s over several pages', async (sort) => {
    const member = await asMember(world, 'northwind', 'anna');
    const seen: { recorded: string; id: string }[] = [];
    for (let path = `AuditEvent?_count=5&_sort=${sort}`; path !== '';) {
      const answer = await member(path);
      seen.push(...eventsIn(answer));
      const { link } = JSON.parse(answer.text) as { link: { relation: string; url: string }[] };
      const next = link.find(({ relation }) => relation === 'next');
      path = next ? `AuditEvent${new URL(next.url).search}` : '';
    }
    const times = seen.map(({ recorded }) => recorded);
    expect(new Set(seen.map(({ id }) => id)).size).toBe(SHOWN.length + 1);
    expect(times).toEqual(sort === 'date' ? times.toSorted() : times.toSorted().reverse());
  });

  it.each(['agent', 'date,outcome'])('cannot be sorted by %s', async (sort) => {
    const { status, text } = await (await asMember(world, 'northwind', 'anna'))(`AuditEvent?_sort=${sort}`);
    expect([status, text.includes('_sort: this type is sorted by')]).toEqual([400, true]);
  });

  /** Runs the service's own statement for a member with many events. */
  async function explained(query: string): ReturnType<typeof explainRun> {
    const definition = definitions.get('AuditEvent') as Definition;
    const search = parseSearch(definition, [...new URLSearchParams(query)], { base: '', strict: true });
    const rowScope = { tenant: 'northwind', member: 'busy' };
    const about = { type: 'AuditEvent', clauses: search.clauses, granularClauses: [[]], released: [] };
    const { text, values, inOrder } = searchPageStatement({ ...about, rowScope, searchColumns }, search);
    const client = new pg.Client({ connectionString: world.urls.service });
    await client.connect();
    try {
      await client.query('BEGIN');
      const settings = {
        'app.tenant': 'northwind',
        'app.member': 'busy',
        ...(inOrder && IN_ORDER),
      };
      for (const setting of Object.entries(settings))
        await client.query('SELECT set_config($1, $2, true)', setting);
      return await explainRun(client, text, values);
    } finally {
      await client.end();
    }
  }

  it('reads no row that does not match, for any parameter', async () => {
    const EVENTS_OF_HERS = 2_000;
    for (let at = 0; at < EVENTS_OF_HERS; at += 500)
      await world.deliver(asLines(...Array.from({ length: 500 }, () => accessEvent({ member: 'busy' }))));
    for (let at = 0; at < 3 * EVENTS_OF_HERS; at += 500)
      await world.deliver(asLines(...Array.from({ length: 500 }, () => accessEvent({ member: 'another' }))));
    await world.admin.query('VACUUM (ANALYZE) trail.audit_event');
    const nothing = [
      'agent:identifier=x',
      'agent:identifier=http://x|',
      'action:not=R',
      'entity=Claim/1',
      'entity:identifier=x',
    ];
    const more = ['outcome=8', 'outcome:not=0', 'policy=urn:x', 'policy:missing=true', 'source:missing=true'];
    const last = [
      'subtype=x',
      'type:not=rest',
      'date=lt2020',
      '_profile=urn:x',
      'source:identifier=x',
      'action=D',
    ];
    for (const query of [
      ...nothing,
      ...more,
      ...last,
      'agent:identifier=app-1&type=110113',
      '_tag=x',
      '_sort=date&agent:identifier=x',
    ]) {
      const { plan, blocks } = await explained(query);
      expect([
        query,
        plan.match(/Index Only Scan/)?.[0] ?? plan.match(/One-Time Filter: false/)?.[0],
      ]).not.toContain(undefined);
      // All rows of this member are about a thousand pages.
      expect([query, blocks < 200]).toEqual([query, true]);
    }
  });
});
