/** What the caller may not see is answered like what is not there, in whichever way it is asked for. */
import { createPool } from '@patient-access/database';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { SensitiveCodes } from '@patient-access/fhir';
import type { TokenClaims } from '@patient-access/smart';
import { condition } from '@patient-access/testing';
import { applySensitiveCodes } from '../../src/ingest/labels/relabel.ts';
import { setSensitiveCodes } from '../../src/ingest/labels/set-codes.ts';
import { alone } from '../../src/ingest/turns/storing.ts';
import { provenance } from '../related/world.ts';
import { type Asker, asMember, startWorld, withoutRequestId, type World } from '../world.ts';

const ICD = 'http://hl7.org/fhir/sid/icd-10-cm';
const ETH = { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'ETH' };
const coded = (code: string) => ({ code: { coding: [{ system: ICD, code }] } });
const JSON_BODY = { 'content-type': 'application/json' };
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

/** The ids have one length, so that a length tells nothing in the test either. */
const ABSENT = 'condition-absent';
const ALL = 'patient/*.rs';
const GRANULAR = 'patient/Condition.rs?recorded-date=2026-02-02 patient/Provenance.rs';
const OTHERS = 'patient/Observation.rs patient/Provenance.rs';

/**
 * Why the member's app does not see the resource: its id, and the token that does not open it. Scopes leave no
 * reference out, so nothing refers to the resource that only scopes hide.
 */
const WAYS: [way: string, id: string, token: Partial<TokenClaims>][] = [
  ['bears a label that was not released', 'condition-labels', { scope: ALL }],
  ['is in the plan’s list of sensitive codes', 'condition-coded1', { scope: ALL }],
  ['was labelled in a later version', 'condition-later1', { scope: ALL }],
  ['belongs to another member', 'condition-foreig', { scope: ALL }],
  ['belongs to a member of another plan', 'condition-souths', { scope: ALL }],
  ['is of a type that the token does not open', 'condition-alone1', { scope: OTHERS }],
  ['is of a type that may be read and not searched', 'condition-labels', { scope: 'patient/*.r' }],
  ['meets no granular scope', 'condition-alone1', { scope: GRANULAR }],
  ['is of a type that the plan does not offer', 'condition-alone1', { types: ['Patient', 'Provenance'] }],
  ['is one of a backend service’s members', 'condition-alone1', { scope: 'system/*.rs', patient: undefined }],
  ['needs another label than the released one', 'condition-labels', { sensitive: ['x|SUD'] }],
];

type Ask = (ask: Asker, id: string) => ReturnType<Asker>;
const get =
  (path: (id: string) => string, headers: Record<string, string> = {}): Ask =>
  (ask, id) =>
    ask(path(id), { headers });
const related = (about: (id: string) => object, path = '$related'): Ask => {
  const bodyFor = (id: string) => JSON.stringify({ include: [], revinclude: [], ...about(id) });
  return (ask, id) => ask(path, { method: 'POST', headers: JSON_BODY, body: bodyFor(id) });
};

const QUESTIONS: Record<string, Ask> = {
  read: get((id) => `Condition/${id}`),
  'read of a part': get((id) => `Condition/${id}?_elements=code`),
  'conditional read': get((id) => `Condition/${id}`, { 'if-none-match': 'W/"1"' }),
  'read since': get((id) => `Condition/${id}`, { 'if-modified-since': 'Thu, 26 Nov 2026 00:00:00 GMT' }),
  HEAD: (ask, id) => ask(`Condition/${id}`, { method: 'HEAD' }),
  'read as another type': get((id) => `Observation/${id}`),
  version: get((id) => `Condition/${id}/_history/1`),
  'version that there is not': get((id) => `Condition/${id}/_history/x`),
  history: get((id) => `Condition/${id}/_history`),
  'history since': get((id) => `Condition/${id}/_history?_since=2026-01-01`),
  'search by id': get((id) => `Condition?_id=${id}`),
  'search by two ids': get((id) => `Condition?_id=${id},nil`),
  'search that leaves the id out': get((id) => `Condition?_id:not=${id}&_id=${id}`),
  'search by POST': (ask, id) =>
    ask('Condition/_search', { method: 'POST', headers: FORM, body: `_id=${id}&_total=accurate` }),
  count: get((id) => `Condition?_id=${id}&_summary=count`),
  'sorted search': get((id) => `Condition?_id=${id}&_sort=recorded-date`),
  'search with includes': get((id) => `Condition?_id=${id}&_include=*&_revinclude=Provenance:target`),
  'search for what refers to it': get((id) => `Provenance?target=Condition/${id}`),
  'chained search': get((id) => `Observation?focus:Condition._id=${id}`),
  include: related((id) => ({ include: [`Condition/${id}`] })),
  'include of a version': related((id) => ({ include: [`Condition/${id}/_history/1`] })),
  'iterated include': related((id) => ({ include: [`Condition/${id}`] }), '$related/2'),
  'reverse include': related((id) => ({
    revinclude: [{ type: 'Provenance', parameter: 'target', of: [`Condition/${id}`] }],
  })),
  'record of a member of that id': get((id) => `Patient/${id}/$everything`),
  'record with that id as cursor': get((id) => `Patient/anna/$everything?_cursor=${id}`),
  documents: get((id) => `DocumentReference/$docref?patient=${id}`),
  'content of a document': get((id) => `Binary/${id}`),
  update: (ask, id) => ask(`Condition/${id}`, { method: 'PUT', headers: JSON_BODY, body: '{}' }),
  delete: (ask, id) => ask(`Condition/${id}`, { method: 'DELETE' }),
};

describe.each(WAYS)('a resource that %s', (_way, id, token) => {
  let ask: Asker;
  beforeAll(async () => {
    ask = await asMember(await theWorld(), 'north', 'anna', token);
  });

  it.each(Object.entries(QUESTIONS))(
    'F63: %s is answered as if it were not there',
    async (_name, question) => {
      const answerTo = async (asked: string) => {
        const answer = withoutRequestId(await question(ask, asked));
        // A Bundle has an id of its own in each answer.
        const text = answer.text
          .replaceAll(asked, '{asked}')
          .replace(/"id":"[\da-f-]{36}"/, '"id":"{bundle}"');
        return { ...answer, text };
      };
      expect(await answerTo(id)).toEqual(await answerTo(ABSENT));
    },
  );
});

it('they are all there for whoever may see them', async () => {
  const world = await theWorld();
  const sensitive = [`${ETH.system}|${ETH.code}`, `${ETH.system}|SUD`];
  const anna = await asMember(world, 'north', 'anna', { sensitive });
  for (const id of ['labels', 'coded1', 'later1', 'shown1', 'alone1'])
    expect([id, (await anna(`Condition/condition-${id}`)).status]).toEqual([id, 200]);
  expect((await (await asMember(world, 'north', 'ben'))('Condition/condition-foreig')).status).toBe(200);
  expect((await (await asMember(world, 'south', 'anna'))('Condition/condition-souths')).status).toBe(200);
});

let world: Promise<World> | undefined;
const theWorld = () => (world ??= startHidden());
afterAll(async () => (await world)?.stop());

async function startHidden(): Promise<World> {
  const started = await startWorld();
  const labelled = { meta: { security: [ETH] } };
  await started.store(
    'north',
    condition('condition-labels', 'anna', labelled),
    condition('condition-coded1', 'anna', coded('F10.20')),
    condition('condition-later1', 'anna'),
    condition('condition-foreig', 'ben'),
    condition('condition-shown1', 'anna'),
    condition('condition-alone1', 'anna'),
  );
  await started.store('south', condition('condition-souths', 'anna'));
  await started.store('north', condition('condition-later1', 'anna', labelled));
  for (const way of ['labels', 'coded1', 'later1', 'shown1'])
    await started.store('north', provenance(`provenance-${way}`, `Condition/condition-${way}`));
  await started.store('north', provenance('provenance-foreig', 'Condition/condition-foreig'));
  const pool = await createPool(started.urls.ingest, { max: 1, statementTimeoutMs: 30_000 });
  const rules: SensitiveCodes = [{ category: 'substance-use', codes: { [ICD]: ['F10*'] } }];
  await setSensitiveCodes([pool], 'north', rules);
  for await (const _done of applySensitiveCodes(alone(pool), 'north', rules));
  await pool.end();
  return started;
}
