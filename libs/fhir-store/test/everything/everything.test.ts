import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { disclosedVersions } from '@patient-access/events';
import type { TokenClaims } from '@patient-access/smart';
import { condition, observation, practitioner } from '@patient-access/testing';
import { provenance } from '../related/world.ts';
import {
  type Asker,
  asMember,
  bundleOf,
  nextOf,
  startWorld,
  withoutRequestId,
  type World,
  versionsIn,
} from '../world.ts';

const PARAMETERS = { 'content-type': 'application/fhir+json' };
const OWN = ['Condition/c1', 'Condition/c2', 'Observation/o1', 'Observation/o2', 'Provenance/of-c1'];

describe('Patient/$everything at one owner', () => {
  let world: World;
  let anna: Asker;
  let changed: string;
  beforeAll(async () => {
    world = await startWorld();
    const practitioners = [practitioner('p1', 'Berg'), practitioner('p2', 'Holm')];
    await world.store('north', ...practitioners, condition('c1', 'anna'), observation('o1', 'anna'));
    await world.store('north', observation('ben-canary', 'ben'), condition('ben-canary', 'ben'));
    await world.store('south', observation('south-canary', 'anna'));
    await new Promise((resolve) => setTimeout(resolve, 5));
    changed = new Date().toISOString();
    await world.store(
      'north',
      observation('o2', 'anna', { status: 'amended' }),
      provenance('of-c1', 'Condition/c1'),
    );
    await world.store('north', condition('c2', 'anna', { recordedDate: '2026-02-02' }));
    anna = await asMember(world, 'north', 'anna');
  });
  afterAll(() => world?.stop());

  const withScope = (scope: string, change: Partial<TokenClaims> = {}) =>
    asMember(world, 'north', 'anna', { scope, ...change });

  /** Reads all pages of this owner's part. @returns `Type/id` of each match, in order */
  async function readAllPages(ask: Asker, path: string): Promise<string[]> {
    const found: string[] = [];
    for (let next: string | undefined = path; next && !next.endsWith('_part=reference-data');) {
      const answer = await ask(next);
      expect(answer.status).toBe(200);
      found.push(
        ...(bundleOf(answer).entry ?? []).map(
          ({ resource: { resourceType, id } }) => `${resourceType}/${id}`,
        ),
      );
      next = nextOf(answer, 'north');
    }
    return found;
  }

  it.each(['Patient/anna/$everything', 'Patient/$everything'])(
    'F27: %s returns all of the member’s own resources and nothing else',
    async (path) => {
      expect(await readAllPages(anna, path)).toEqual(OWN);
      for (const count of [1, 2, 3]) expect(await readAllPages(anna, `${path}?_count=${count}`)).toEqual(OWN);
    },
  );

  it('F27: answers for another member as for a member who does not exist', async () => {
    const [foreign, absent] = [await anna('Patient/ben/$everything'), await anna('Patient/nil/$everything')];
    expect(foreign.status).toBe(404);
    expect(withoutRequestId(foreign)).toEqual(withoutRequestId(absent));
    const stranger = await asMember(world, 'north', 'nil');
    expect(bundleOf(await stranger('Patient/$everything')).entry).toBeUndefined();
  });

  it('takes _since and _type from the query, a form or a Parameters resource', async () => {
    const wanted = ['Condition/c2', 'Observation/o2'];
    const query = `_since=${encodeURIComponent(changed)}&_type=Condition,Observation`;
    expect(await readAllPages(anna, `Patient/anna/$everything?${query}`)).toEqual(wanted);
    expect(await readAllPages(anna, `Patient/anna/$everything?${query}&_count=1`)).toEqual(wanted);
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const parameter = [
      { name: '_since', valueInstant: changed },
      { name: '_type', valueCode: 'Condition' },
      { name: '_type', valueCode: 'Observation' },
    ];
    const resource = JSON.stringify({ resourceType: 'Parameters', parameter });
    for (const [headers, body] of [
      [form, query],
      [PARAMETERS, resource],
    ] as const) {
      const answer = await anna('Patient/anna/$everything', { method: 'POST', headers, body });
      expect((bundleOf(answer).entry ?? []).map(({ resource: { id } }) => id)).toEqual(['c2', 'o2']);
    }
  });

  it.each([
    'start=2026',
    'end=2026',
    '_type=Parameters',
    '_type=AuditEvent',
    '_type=constructor',
    '_type=Practitioner',
    '_since=yesterday',
    '_since=2026&_since=2027',
    '_count=0',
    '_count=-1',
    '_sort=_id',
    '_include=*',
    'code=x',
    '_cursor=x',
    '_part=coverage-service',
  ])('refuses %s and names the parameter', async (query) => {
    const { status, text } = await anna(`Patient/anna/$everything?${query}`);
    expect([status, text.includes(query.split('=')[0] as string)]).toEqual([400, true]);
  });

  it('ignores a parameter without a value, as a search does, but not the cursor of a link', async () => {
    const path = 'Patient/anna/$everything?_since=&_type=&_count=&unknown=';
    expect(await readAllPages(anna, path)).toEqual(OWN);
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const posted = await anna('Patient/anna/$everything', { method: 'POST', headers: form, body: '_type=' });
    expect(posted.status).toBe(200);
    expect((await anna('Patient/anna/$everything?_cursor=')).status).toBe(400);
  });

  it('says that reference data comes with a type of the record', async () => {
    const { text } = await anna('Patient/anna/$everything?_type=Practitioner');
    expect(text).toContain('name a type of the record too');
  });

  it.each([
    '{',
    '{"resourceType":"Patient"}',
    '{"resourceType":"Parameters","parameter":[{"name":"_type"}]}',
  ])('refuses the body %s', async (body) => {
    const answer = await anna('Patient/anna/$everything', { method: 'POST', headers: PARAMETERS, body });
    expect(answer.status).toBe(400);
  });

  it('leaves out types that the token does not open, and refuses them when the request names them', async () => {
    const some = await withScope('patient/Condition.rs patient/Observation.r patient/Provenance.s');
    expect(await readAllPages(some, 'Patient/anna/$everything')).toEqual(['Condition/c1', 'Condition/c2']);
    expect(await readAllPages(some, 'Patient/anna/$everything?_type=Condition')).toHaveLength(2);
    for (const type of ['Observation', 'Condition,Provenance', 'Condition,Practitioner'])
      expect((await some(`Patient/anna/$everything?_type=${type}`)).status).toBe(403);
    for (const scope of [
      'openid',
      'patient/Observation.r',
      'patient/Practitioner.rs',
      'patient/AuditEvent.rs',
    ])
      for (const path of ['Patient/anna/$everything', 'Patient/ben/$everything'])
        expect((await (await withScope(scope))(path)).status).toBe(403);
    const backend = { sub: 'b', client_id: 'b', patient: undefined };
    expect((await (await withScope('system/*.rs', backend))('Patient/anna/$everything')).status).toBe(403);
  });

  it('names the scopes that would open the types that the request names', async () => {
    const some = await withScope('patient/Condition.rs patient/Observation.r');
    const needs = async (types: string) => {
      const { status, headers, text } = await some(`Patient/anna/$everything?_type=${types}`);
      expect(status).toBe(403);
      const [, scope] = /scope="([^"]*)"/.exec(String(headers['www-authenticate'])) ?? [];
      expect(text).toContain(`needs ${scope}.`);
      return scope;
    };
    expect(await needs('Observation')).toBe('patient/Observation.rs');
    expect(await needs('Condition,Procedure,Practitioner')).toBe(
      'patient/Procedure.rs patient/Practitioner.r',
    );
  });

  it('follows granular scopes', async () => {
    const scope =
      'patient/Condition.rs?recorded-date=2026-02-02 patient/Observation.rs?status=final patient/Provenance.rs';
    const granular = await withScope(scope);
    const expected = ['Condition/c2', 'Observation/o1', 'Provenance/of-c1'];
    expect(await readAllPages(granular, 'Patient/anna/$everything')).toEqual(expected);
    expect(await readAllPages(granular, 'Patient/anna/$everything?_count=1')).toEqual(expected);
  });

  it('continues by a cursor that works for no other member or path', async () => {
    const next = nextOf(await anna('Patient/anna/$everything?_count=1'), 'north') ?? '';
    expect(next).toMatch(/^Patient\/anna\/\$everything\?_cursor=[\w-]+&_part=clinical-service$/);
    expect((await (await asMember(world, 'north', 'ben'))(next.replace('anna', 'ben'))).status).toBe(400);
    expect((await (await asMember(world, 'north', 'ben'))(next)).status).toBe(404);
    expect((await anna(next.replace('/anna', ''))).status).toBe(400);
    expect((await (await withScope('openid'))(next)).status).toBe(403);
  });

  it('leaves one event with the versions that it showed, and the count of each type', async () => {
    const given = await anna('Patient/anna/$everything');
    const refused = await anna('Patient/ben/$everything');
    const events = await world.events();
    expect(events.filter(({ requestId }) => requestId === given.requestId)).toMatchObject([
      {
        service: 'clinical-service',
        action: 'search-type',
        type: 'Patient',
        member: 'anna',
        counts: { Condition: 2, Observation: 2, Provenance: 1 },
      },
    ]);
    const event = events.find(({ requestId }) => requestId === given.requestId);
    expect(disclosedVersions(event ?? {})).toEqual(versionsIn(given.text));
    expect(events.filter(({ requestId }) => requestId === refused.requestId)).toMatchObject([
      { outcome: '4', reason: 'not-found', action: 'search-type', member: 'anna' },
    ]);
  });
});
