import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { TokenClaims } from '@patient-access/smart';
import { observation } from '@patient-access/testing';
import { type Asker, asking, asMember, base, startWorld, withoutRequestId, type World } from '../world.ts';
import { ETH, relatedLines, namesOf, question, startRelated } from './world.ts';

describe('an owner that is asked for the related resources of a page', () => {
  let world: World;
  let anna: Asker;
  beforeAll(async () => {
    world = await startRelated();
    anna = await asMember(world, 'north', 'anna');
  });
  afterAll(() => world?.stop());

  const withScope = (scope: string, change: Partial<TokenClaims> = {}) =>
    asMember(world, 'north', 'anna', { scope, ...change });
  const include = (ask: Asker, ...references: string[]) => question(ask, { include: references });
  const referring = (ask: Asker, type: string, parameter: string, ...of: string[]) =>
    question(ask, { revinclude: [{ type, parameter, of }] });

  it('answers one entry a line, with the bytes that a read would return', async () => {
    const answer = await include(anna, 'Condition/a1', 'Practitioner/p1');
    expect([answer.status, answer.headers['content-type']]).toEqual([200, 'application/x-ndjson']);
    for (const line of answer.text.trim().split('\n')) {
      const { fullUrl } = JSON.parse(line) as { fullUrl: string };
      const { text } = await anna(fullUrl.slice(base('north').length + 1));
      expect(line).toBe(`{"fullUrl":"${fullUrl}","resource":${text},"search":{"mode":"include"}}`);
    }
    expect(namesOf(answer)).toEqual(['Condition/a1/2', 'Practitioner/p1/1']);
  });

  it('returns named versions, and each version once', async () => {
    const answer = await include(anna, 'Condition/a1/_history/1', 'Condition/a1/_history/2', 'Condition/a1');
    expect(namesOf(answer)).toEqual(['Condition/a1/1', 'Condition/a1/2']);
    // A fullUrl names no version (Bundle, invariant bdl-8).
    expect(new Set(relatedLines(answer).map(({ fullUrl }) => fullUrl))).toEqual(
      new Set([`${base('north')}/Condition/a1`]),
    );
    expect(namesOf(await include(anna, 'Condition/a1/_history/3', 'Condition/a1/_history/x'))).toEqual([]);
  });

  it('F07: answers for another member’s resource as for one that does not exist', async () => {
    const [foreign, absent] = [await include(anna, 'Condition/b1'), await include(anna, 'Condition/nil')];
    expect([foreign.status, foreign.text]).toEqual([200, '']);
    expect(withoutRequestId(foreign)).toEqual(withoutRequestId(absent));
    expect(
      namesOf(await include(anna, 'Condition/b1/_history/1', 'Condition/s1', 'Practitioner/sp1')),
    ).toEqual([]);
    expect(namesOf(await include(anna, 'Condition/b1', 'Condition/a1'))).toEqual(['Condition/a1/2']);
  });

  it('F08: returns only the member’s own of the resources that refer to a target', async () => {
    const targets = ['Condition/a1', 'Condition/b1', 'Condition/nil'];
    expect(namesOf(await referring(anna, 'Provenance', 'target', ...targets))).toEqual([
      'Provenance/of-a1/1',
    ]);
    expect(namesOf(await referring(anna, 'Provenance', 'target', 'Condition/b1'))).toEqual([]);
  });

  it('returns all of a type by the parameter that names the member, and nothing by another member', async () => {
    expect(namesOf(await referring(anna, 'Observation', 'patient', 'Patient/anna'))).toEqual([
      'Observation/a-obs/1',
    ]);
    expect(namesOf(await referring(anna, 'Observation', 'patient', 'Patient/ben'))).toEqual([]);
    expect(namesOf(await referring(anna, 'Provenance', 'patient', 'Patient/anna'))).toEqual([
      'Provenance/of-a-obs/1',
      'Provenance/of-a1/1',
    ]);
  });

  it('leaves out types that the token does not open: an include needs r, a reverse include needs r and s', async () => {
    const read = await withScope('patient/Condition.r patient/Provenance.r');
    expect(namesOf(await include(read, 'Condition/a1', 'Practitioner/p1'))).toEqual(['Condition/a1/2']);
    expect(namesOf(await referring(read, 'Provenance', 'target', 'Condition/a1'))).toEqual([]);
    const search = await withScope('patient/Condition.s patient/Provenance.s');
    expect(namesOf(await include(search, 'Condition/a1'))).toEqual([]);
    expect(namesOf(await referring(search, 'Provenance', 'target', 'Condition/a1'))).toEqual([]);
    const both = await withScope('patient/Provenance.rs');
    expect(namesOf(await referring(both, 'Provenance', 'target', 'Condition/a1'))).toEqual([
      'Provenance/of-a1/1',
    ]);
    const none = await include(await withScope('openid'), 'Condition/a1');
    expect([none.status, none.text]).toEqual([200, '']);
  });

  it('follows granular scopes, for each version', async () => {
    const named = ['Condition/a1', 'Condition/a1/_history/1', 'Condition/a1/_history/2'];
    const since = await withScope('patient/Condition.rs?recorded-date=2026-02-02');
    expect(namesOf(await include(since, ...named))).toEqual(['Condition/a1/2']);
    const other = await withScope('patient/Condition.rs?recorded-date=2020');
    expect(namesOf(await include(other, ...named))).toEqual([]);
    const vital = await withScope('patient/Observation.rs?category=laboratory');
    expect(namesOf(await referring(vital, 'Observation', 'patient', 'Patient/anna'))).toEqual([]);
  });

  it('F52: withholds what is labelled as sensitive', async () => {
    expect(namesOf(await include(anna, 'Condition/eth'))).toEqual([]);
    const released = await asMember(world, 'north', 'anna', { sensitive: [ETH] });
    expect(namesOf(await include(released, 'Condition/eth'))).toEqual(['Condition/eth/1']);
  });

  it('returns nothing of a type that another owner has', async () => {
    expect(namesOf(await include(anna, 'Coverage/c1', 'Parameters/1', 'VerificationResult/1'))).toEqual([]);
  });

  it('returns only reference data to a backend service', async () => {
    const own = { sub: 'sync', client_id: 'sync', grant_id: 'sync', patient: undefined, fhirUser: undefined };
    const backend = await asking(
      world,
      world.issuer.claims('north', undefined, { ...own, scope: 'system/*.rs' }),
    );
    expect(namesOf(await include(backend, 'Condition/a1', 'Practitioner/p1'))).toEqual(['Practitioner/p1/1']);
    expect(namesOf(await referring(backend, 'Provenance', 'target', 'Condition/a1'))).toEqual([]);
  });

  it('refuses malformed requests, other methods and other paths', async () => {
    expect((await question(anna, { include: ['Patient'] })).status).toBe(400);
    expect((await anna('$related', { method: 'POST' })).status).toBe(400);
    expect((await anna('$related')).status).toBe(404);
    for (const path of [
      '$related/1',
      '$related/4',
      '$related/',
      '$RELATED',
      'Patient/$related',
      'Patient/../$related',
    ])
      expect([path, (await question(anna, {}, path)).status]).toEqual([path, 404]);
  });

  it.each([
    '%24related',
    '/$related',
    './$related',
    '$related/4',
    '$related/',
    'Patient/$related',
    '$Related',
  ])('cannot be reached by another spelling of the internal path: %s', async (path) => {
    expect((await question(anna, { include: ['Condition/a1'] }, path)).status).toBe(404);
  });

  it('leaves one event for each request, with what it returned', async () => {
    const about = { include: ['Condition/a1', 'Condition/b1', 'Practitioner/p1'] };
    const first = await question(anna, about);
    const second = await question(anna, { ...about, include: ['Condition/a1'] }, '$related/2');
    const refused = await question(anna, { include: ['x'] }, '$related/3');
    const events = await world.events();
    const of = (id: string) => events.filter(({ requestId }) => requestId === id);
    expect(of(first.requestId)).toMatchObject([
      {
        service: 'clinical-service/related',
        action: 'search-type',
        outcome: '0',
        member: 'anna',
        counts: { Condition: 1, Practitioner: 1 },
        resources: {
          Condition: expect.stringMatching(/^a1\/\S+$/),
          Practitioner: expect.stringMatching(/^p1\/\S+$/),
        },
      },
    ]);
    expect(of(second.requestId)).toMatchObject([
      { service: 'clinical-service/related-2', counts: { Condition: 1 } },
    ]);
    expect(of(refused.requestId)).toMatchObject([
      { service: 'clinical-service/related-3', outcome: '4', reason: 'request-invalid' },
    ]);
  });

  it('returns nothing when its event cannot be stored', async () => {
    await world.admin.query('REVOKE INSERT ON outbox FROM clinical_service');
    const answer = await include(anna, 'Condition/a1');
    await world.admin.query('GRANT INSERT ON outbox TO clinical_service');
    expect([answer.status, answer.text.includes('38341003')]).toEqual([503, false]);
  });
});

it('an owner refuses to include more than a thousand resources in one page', async () => {
  const world = await startWorld();
  try {
    const many = (from: number, count: number) =>
      Array.from({ length: count }, (_, at) => observation(`o-${from + at}`, 'anna'));
    await world.store('north', ...many(0, 1_000));
    const anna = await asMember(world, 'north', 'anna');
    const all = { revinclude: [{ type: 'Observation', parameter: 'patient', of: ['Patient/anna'] }] };
    expect(relatedLines(await question(anna, all))).toHaveLength(1_000);
    await world.store('north', ...many(1_000, 1));
    const { status, text } = await question(anna, all);
    expect([status, text.includes('too-costly'), text.includes('o-1')]).toEqual([400, true, false]);
  } finally {
    await world.stop();
  }
});
