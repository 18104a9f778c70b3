/** A part of a record of which the gateway cannot hold a page: it is passed on as it is, or the page ends before it. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { RECORD_SERVICES, type RecordService } from '@patient-access/topology';
import { asApp, newToken } from '../world.ts';
import { entryNames, entryOf, type Owners, pageOf, startOwners } from '../owners.ts';

const LOOKED_AT = ['coverage-service', 'claims-service', 'clinical-service'] as const;
const EMPTY = { headers: { 'x-room': '5' }, body: pageOf([]) };
const linksTo = (next: string) =>
  JSON.stringify([
    { relation: 'self', url: 'the-page' },
    { relation: 'next', url: next },
  ]);
const none = JSON.stringify({ self: 'the-page', room: 2, referred: [] });
const referred = JSON.stringify({
  self: 'the-page',
  room: 2,
  referred: [{ reference: 'Practitioner/p1', next: 'behind' }],
});

let owners: Owners;
let token: string;
beforeAll(async () => {
  owners = await startOwners();
  token = newToken(owners.world);
});
beforeEach(() => owners.reset());
afterAll(() => owners?.stop());

const get = (path: string) => asApp(owners.world, token, path);
const record = (owner: RecordService, said: Parameters<Owners['say']>[2]) =>
  owners.say(owner, 'GET Patient/anna/$everything', said);

describe('a record with a part that is too large to be joined', () => {
  const coverage = entryOf('match', 'Coverage/c');
  const large = pageOf(
    [entryOf('match', 'Claim/c', `"note":"${'x'.repeat(6 * 1024 * 1024)}"`)],
    linksTo('behind'),
  );
  const linkOf = (text: string) => (JSON.parse(text) as { link: object[] }).link;

  it.each([
    ['the first part is passed on as it is', [], ['claims-service']],
    ['so is one behind empty parts', ['coverage-service'], ['coverage-service', 'claims-service']],
  ] as const)('%s, and links to what follows', async (_what, empty, expected) => {
    for (const owner of empty) record(owner, EMPTY);
    record('claims-service', { headers: { 'x-room': '4' }, body: large });
    const { status, text, headers } = await get(
      `Patient/anna/$everything${empty.length === 0 ? '?_part=claims-service' : ''}`,
    );
    expect([status, text === large, headers['x-room']]).toEqual([200, true, undefined]);
    expect(LOOKED_AT.filter((owner) => owners.of[owner].received.length > 0)).toEqual(expected);
  });

  it('the page ends before it, and links to it', async () => {
    record('coverage-service', {
      headers: { 'x-room': '4' },
      body: pageOf([coverage], linksTo('to-claims')),
    });
    record('claims-service', { headers: { 'x-room': '3' }, body: large });
    const { status, text } = await get('Patient/anna/$everything');
    expect([status, entryNames(text), linkOf(text)]).toEqual([
      200,
      ['match Coverage/c'],
      JSON.parse(linksTo('to-claims')),
    ]);
    expect(owners.of['clinical-service'].received).toEqual([]);
  });

  it('the page ends before reference data, too', async () => {
    for (const owner of RECORD_SERVICES)
      record(owner, ({ url }, response) => {
        if (url.includes('_part=reference-data'))
          return response.end(owner === 'coverage-service' ? referred : none);
        return response.setHeader('x-room', '4').end(pageOf([coverage], linksTo('to-reference-data')));
      });
    owners.say('clinical-service', 'POST $related', { body: large });
    const { status, text } = await get('Patient/anna/$everything?_part=clinical-service');
    expect([status, entryNames(text)]).toEqual([200, ['match Coverage/c']]);
    expect(linkOf(text)).toEqual(JSON.parse(linksTo('to-reference-data')));
  });

  it('includes are refused as before', async () => {
    const includes = JSON.stringify({ include: [], revinclude: [] });
    owners.say('claims-service', 'GET Claim', { headers: { 'x-includes': includes }, body: large });
    expect((await get('Claim')).status).toBe(400);
  });
});
