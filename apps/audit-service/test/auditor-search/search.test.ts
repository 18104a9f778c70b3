/** Search parameters and paging of an auditor's search. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { accessEvent, asMember, asLines, eventsIn, startWorld, type World, idOf } from '../world.ts';
import { asAuditor, asBackend, ofNobody } from './auditors.ts';

const READ = accessEvent({ requestId: '11111111-1111-4111-8111-111111111111' });
const SEARCH = accessEvent({
  member: 'ben',
  action: 'search-type',
  resource: undefined,
  request: 'GET Condition?category=encounter-diagnosis',
  type: 'Condition',
  counts: { Condition: 3 },
  client: { id: 'app|2', name: 'Other' },
  grantId: 'grant-2',
  recorded: '2026-11-20T10:00:00.000Z',
  service: 'clinical-service',
  token: 'sha256.jti-2',
});
const REFUSED = accessEvent({
  outcome: '4',
  reason: 'scope-insufficient',
  resource: undefined,
  counts: undefined,
  bodyHash: undefined,
  recorded: '2025-01-01T00:00:00.000Z',
});
const DENIED = ofNobody({ recorded: '2026-11-25T09:00:00.000Z', service: 'auth-service', client: undefined });
const EVENTS = { READ, SEARCH, REFUSED, DENIED };
type Name = keyof typeof EVENTS;

interface Bundle {
  total?: number;
  link: { relation: string; url: string }[];
}

describe('an auditor’s search', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
    await world.deliver(asLines(...Object.values(EVENTS)));
  });
  afterAll(() => world?.stop());

  const found = async (query: string): Promise<string[]> => {
    const answer = await (await asAuditor(world))(`AuditEvent?${query}`);
    expect([query, answer.status]).toEqual([query, 200]);
    const ids = new Set(eventsIn(answer).map(({ id }) => id));
    return (Object.keys(EVENTS) as Name[]).filter((name) => ids.has(idOf(EVENTS[name])));
  };

  it.each<[string, Name[]]>([
    ['', ['READ', 'SEARCH', 'REFUSED', 'DENIED']],
    ['patient=anna', ['READ', 'REFUSED']],
    ['patient=Patient/ben', ['SEARCH']],
    ['patient=anna,ben&outcome=0', ['READ', 'SEARCH']],
    ['patient=nobody', []],
    ['agent:identifier=app-1', ['READ', 'REFUSED']],
    ['agent:identifier=app%5C%7C2', ['SEARCH']],
    ['agent:identifier=https://plan.example/auth/northwind/oauth2/v1|login-1', ['READ', 'SEARCH', 'REFUSED']],
    ['agent:identifier=https://plan.example/auth/northwind/oauth2/v1|', ['READ', 'SEARCH', 'REFUSED']],
    ['date=2026-11-25', ['READ', 'DENIED']],
    ['date=ge2026-11-20&date=lt2026-11-25', ['SEARCH']],
    ['date=lt2026', ['REFUSED']],
    ['date=ne2026-11-25', ['SEARCH', 'REFUSED']],
    ['type=rest', ['READ', 'SEARCH', 'REFUSED']],
    ['type=http://dicom.nema.org/resources/ontology/DCM|110113', ['DENIED']],
    ['type=http://dicom.nema.org/resources/ontology/DCM|', ['DENIED']],
    ['type:not=rest', ['DENIED']],
    ['subtype=read', ['READ', 'REFUSED']],
    ['subtype=http://hl7.org/fhir/restful-interaction|search-type', ['SEARCH']],
    ['action=R', ['READ', 'REFUSED']],
    ['outcome=4,8', ['REFUSED', 'DENIED']],
    ['outcome:not=0', ['REFUSED', 'DENIED']],
    ['entity=ExplanationOfBenefit/7', ['READ']],
    ['entity=Patient/ben', ['SEARCH']],
    ['entity:identifier=11111111-1111-4111-8111-111111111111', ['READ']],
    ['entity:identifier=grant-2', ['SEARCH']],
    ['source:identifier=clinical-service', ['SEARCH']],
    ['source:missing=false', ['READ', 'SEARCH', 'REFUSED', 'DENIED']],
    ['source:missing=true', []],
    ['entity:missing=false', ['READ', 'SEARCH', 'REFUSED', 'DENIED']],
    ['entity:missing=true', []],
    ['policy=urn:ietf:params:oauth:jti:sha256.jti-2', ['SEARCH']],
    ['policy:missing=true', ['DENIED']],
    ['_lastUpdated=gt2026-01-01', ['READ', 'SEARCH', 'REFUSED', 'DENIED']],
    ['_lastUpdated=lt2026-01-01', []],
    [`_id=${idOf(READ)},${idOf(SEARCH)}`, ['READ', 'SEARCH']],
    [`_id=none`, []],
    ['patient=anna&agent:identifier=app-1&type=rest&action=R&outcome=0&date=2026', ['READ']],
  ])('finds by %s', async (query, names) => {
    expect(await found(query)).toEqual(names);
  });

  it('finds the same events as a member’s search, which is limited to the member’s own', async () => {
    const anna = await asMember(world, 'northwind', 'anna');
    for (const query of [
      'entity=ExplanationOfBenefit/7',
      'entity:identifier=11111111-1111-4111-8111-111111111111',
      'source:identifier=claims-service&outcome=0',
    ])
      expect(eventsIn(await anna(`AuditEvent?${query}`)).map(({ id }) => id)).toEqual([idOf(READ)]);
    expect(eventsIn(await anna('AuditEvent?entity=Patient/ben'))).toEqual([]);
  });

  it.each([
    'patient=anna&patient=ben',
    'patient=~',
    'date=yesterday',
    '_sort=outcome',
    '_sort=date,_id',
    '_tag=x',
    'agent=app-1',
    'agent=Patient/anna',
    'agent:not=app-1',
    'source=claims-service',
    'source=Device/1',
    'outcome=,',
    '_include=AuditEvent:entity',
    '_revinclude=Provenance:target',
  ])('refuses %s with an OperationOutcome', async (query) => {
    const { status, text } = await (await asAuditor(world))(`AuditEvent?${query}`);
    expect([status, text.includes('OperationOutcome')]).toEqual([400, true]);
  });

  it.each(['_lastUpdated', '-_lastUpdated', 'date', '-date', '_id'])(
    'returns each event once over all pages, sorted by %s',
    async (sort) => {
      const auditor = await asAuditor(world);
      const ids: string[] = [];
      let path: string | undefined = `AuditEvent?_count=1&_sort=${sort}&_total=accurate`;
      while (path) {
        const answer = await auditor(path);
        const { total, link } = JSON.parse(answer.text) as Bundle;
        expect(total).toBe(4);
        ids.push(...eventsIn(answer).map(({ id }) => id));
        const next = link.find(({ relation }) => relation === 'next')?.url;
        path = next && `AuditEvent${new URL(next).search}`;
      }
      expect(ids.toSorted()).toEqual(Object.values(EVENTS).map(idOf).sort());
      if (sort === '-date') expect(ids.at(-1)).toBe(idOf(REFUSED));
      if (sort === 'date') expect(ids[0]).toBe(idOf(REFUSED));
    },
  );

  it('that takes too long is refused with advice how to narrow it', async () => {
    const client = await world.admin.connect();
    try {
      await client.query('BEGIN; LOCK TABLE trail.audit_event IN ACCESS EXCLUSIVE MODE');
      const { status, text } = await (await asAuditor(world))('AuditEvent?policy=urn:nobody:has:it');
      expect(status).toBe(400);
      expect(text).toContain('/docs/errors#search-too-costly');
      expect(text).toContain('date=ge');
    } finally {
      await client.query('ROLLBACK');
      client.release();
    }
  });

  it('has cursors that work only for the caller who received them', async () => {
    const answer = await (await asAuditor(world))('AuditEvent?_count=1');
    const next = (JSON.parse(answer.text) as Bundle).link.find(({ relation }) => relation === 'next');
    const page = `AuditEvent${new URL(next?.url ?? '').search}`;
    for (const other of [
      await asBackend(world),
      await asAuditor(world, 'lakeside'),
      await asMember(world, 'northwind', 'anna'),
    ])
      expect((await other(page)).status).toBe(400);
  });

  it('is not needed to read an event by id, which has exactly one version', async () => {
    const auditor = await asAuditor(world);
    const path = `AuditEvent/${idOf(SEARCH)}`;
    const read = await auditor(path);
    expect([read.status, read.headers['etag']]).toEqual([200, 'W/"1"']);
    expect(JSON.parse(read.text)).toMatchObject({
      source: { observer: { identifier: { value: 'clinical-service' } } },
    });
    expect((await auditor(`${path}/_history/1`)).status).toBe(200);
    expect((await auditor(`${path}/_history/2`)).status).toBe(404);
    expect((await auditor(`${path}/_history`)).status).toBe(400);
    expect((await auditor('AuditEvent/none')).status).toBe(404);
  });
});
