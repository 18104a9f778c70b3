import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Asker, asMember, bundleOf, idsOf, nextOf, type World } from '../world.ts';
import { startDocuments } from './world.ts';

const DOCREF = 'DocumentReference/$docref';

describe('$docref', () => {
  let world: World;
  let anna: Asker;
  beforeAll(async () => {
    world = await startDocuments();
    anna = await asMember(world, 'north', 'anna');
  });
  afterAll(() => world?.stop());

  it('returns current documents, including the clinical summary, newest first', async () => {
    const answer = await anna(`${DOCREF}?patient=anna`);
    expect(answer.status).toBe(200);
    expect(bundleOf(answer)).toMatchObject({ resourceType: 'Bundle', type: 'searchset' });
    expect(idsOf(answer).slice(0, 2)).toEqual(['ccd', 'note']);
    expect(idsOf(answer).sort()).toEqual(['absolute', 'ccd', 'crossing', 'elsewhere', 'note']);
    expect(idsOf(await anna(DOCREF))).toEqual(idsOf(answer));
  });

  it.each([
    ['start=2026-01-01', ['ccd', 'note']],
    ['end=2025-12-31', ['ccd', 'old']],
    ['start=2025-02-01&end=2025-03-01', ['ccd', 'old']],
    ['start=2026-02-02T10:00:00-05:00&end=2026-02-03T10:00:00Z', ['ccd', 'note']],
    // Care that ends on the first day, and care that begins on the last one.
    ['start=2026-02-05', ['ccd', 'note']],
    ['start=2026-02-06', ['ccd']],
    ['start=2026-02-05T23:59Z', ['ccd', 'note']],
    ['end=2025-02-01', ['ccd', 'old']],
    ['end=2025-01-31', ['ccd']],
    ['start=2026-02-05&end=2026-02-05', ['ccd', 'note']],
    ['start=1000&end=9998', ['ccd', 'note', 'old']],
    ['start=2027-01-01', []],
    ['type=34133-9', ['ccd']],
    ['type=http://loinc.org|34133-9', ['ccd']],
    ['type=34133-9&type=18842-5&start=2026-01-01', ['ccd', 'note']],
    ['type=11488-4', []],
    ['on-demand=false&type=34133-9', ['ccd']],
    ['on-demand=true', []],
    // As unused fields of a form are sent.
    ['start=&end=&type=&on-demand=&_count=&unknown=', ['absolute', 'ccd', 'crossing', 'elsewhere', 'note']],
  ])('with %s returns %j', async (query, ids) => {
    const answer = await anna(`${DOCREF}?patient=Patient/anna&${query}`);
    expect([answer.status, idsOf(answer).sort()]).toEqual([200, ids]);
  });

  it('can be called by POST, with a form or a Parameters resource', async () => {
    const post = (type: string, body: string) =>
      anna(DOCREF, { method: 'POST', headers: { 'content-type': type }, body });
    expect(idsOf(await post('application/x-www-form-urlencoded', 'patient=anna&type=34133-9'))).toEqual([
      'ccd',
    ]);
    const parameters = {
      resourceType: 'Parameters',
      parameter: [
        { name: 'patient', valueId: 'anna' },
        { name: 'start', valueDateTime: '2026-01-01' },
        { name: 'type', valueCoding: { system: 'http://loinc.org', code: '34133-9' } },
        { name: 'on-demand', valueBoolean: false },
      ],
    };
    expect(idsOf(await post('application/fhir+json', JSON.stringify(parameters)))).toEqual(['ccd']);
    const [patient, start, type] = parameters.parameter;
    const codings = [{ system: 'http://loinc.org', code: '11488-4' }, type?.valueCoding];
    // As US Core 3.1.1 has it.
    const concept = { name: 'type', valueCodeableConcept: { coding: codings, text: 'Summary' } };
    const earlier = { ...parameters, parameter: [patient, start, concept] };
    expect(idsOf(await post('application/fhir+json', JSON.stringify(earlier)))).toEqual(['ccd']);
    const nothing = {
      ...parameters,
      parameter: [patient, { name: 'type', valueCodeableConcept: { text: 'x' } }],
    };
    expect((await post('application/fhir+json', JSON.stringify(nothing))).status).toBe(400);
  });

  it.each([
    'start=yesterday',
    'start=lt2026',
    'start=2026&start=2027',
    'on-demand=maybe',
    'profile=urn:x',
    'status=current',
    'patient=anna&patient=anna',
  ])('refuses %s', async (query) => {
    const answer = await anna(`${DOCREF}?${query}`);
    expect([query, answer.status, answer.text.includes('location')]).toEqual([query, 400, true]);
  });

  it('F04: refuses every member other than the member of the token', async () => {
    for (const patient of ['ben', 'Patient/ben', 'nobody', 'urn:uuid:x'])
      expect((await anna(`${DOCREF}?patient=${patient}`)).status).toBe(403);
    expect((await anna('DocumentReference/note/$docref')).status).toBe(404);
  });

  it('needs the scopes to search and to read, and follows granular scopes', async () => {
    const scoped = (scope: string) => asMember(world, 'north', 'anna', { scope });
    for (const letter of ['r', 's'])
      expect((await (await scoped(`patient/DocumentReference.${letter}`))(DOCREF)).status).toBe(403);
    const notes = await scoped('patient/DocumentReference.rs?type=34133-9');
    expect(idsOf(await notes(DOCREF))).toEqual(['ccd']);
  });

  it('returns pages whose links open neither for another member nor for a search', async () => {
    const first = await anna(`${DOCREF}?patient=anna&_count=2`);
    const next = nextOf(first, 'north') ?? '';
    expect(next).toMatch(/^DocumentReference\/\$docref\?_cursor=/);
    const second = await anna(next);
    expect(idsOf(second)).toHaveLength(2);
    expect(idsOf(first).filter((id) => idsOf(second).includes(id))).toEqual([]);
    expect((await anna(next.replace('/$docref', ''))).status).toBe(400);
    expect((await (await asMember(world, 'north', 'ben'))(next)).status).toBe(400);
  });
});
