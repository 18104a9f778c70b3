/** A part of a record of which the gateway cannot hold a page: it is passed on as it is, or the page ends before it. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { RECORD_SERVICES, type RecordService } from '@patient-access/topology';
import { asApp, type Handler, newToken } from '../world.ts';
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

  it('what the page ends before breaks off at its owner, which so can report that it did not leave', async () => {
    const isFinished = Promise.withResolvers<boolean>();
    record('coverage-service', {
      headers: { 'x-room': '4' },
      body: pageOf([coverage], linksTo('to-claims')),
    });
    record('claims-service', (_request, response) => {
      response.once('close', () => isFinished.resolve(response.writableFinished));
      response.setHeader('x-room', '3').write(large);
    });
    const { status, text } = await get('Patient/anna/$everything');
    expect([status, entryNames(text), await isFinished.promise]).toEqual([200, ['match Coverage/c'], false]);
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

  describe('because of reference data', () => {
    const names = ['Practitioner/p1', 'Practitioner/p2', 'Practitioner/p3'];
    const some = JSON.stringify({
      self: 'the-page',
      room: 3,
      referred: names.map((reference) => ({ reference, next: `behind-${reference}` })),
    });
    const asked = () =>
      owners.of['clinical-service'].received
        .filter(({ url }) => url.includes('$related'))
        .map(({ url, body }) => [url.split('$')[1], (JSON.parse(body) as { include: string[] }).include]);
    /** An owner that gives or refuses what it is asked for, each with its bytes. */
    const giving =
      (mayGive: number): Handler =>
      ({ body }, response) => {
        const { include } = JSON.parse(body) as { include: string[] };
        if (include.length > mayGive)
          return response.writeHead(400).end('{"resourceType":"OperationOutcome"}');
        const note = `"note":"${'x'.repeat(3 * 1024 * 1024)}"`;
        return response.end(include.map((name) => `${entryOf('include', name, note)}\n`).join(''));
      };
    beforeEach(() => {
      for (const owner of RECORD_SERVICES)
        record(owner, ({ url }, response) => {
          if (url.includes('_part=reference-data'))
            return response.end(owner === 'coverage-service' ? some : none);
          return response.setHeader('x-room', '4').end(pageOf([coverage], linksTo('to-reference-data')));
        });
    });

    it.each([
      ['its owner refuses', 1],
      ['the gateway does not hold', 3],
    ])('the page ends before what %s, and links to it', async (_who, mayGive) => {
      owners.say('clinical-service', 'POST $related', giving(mayGive));
      const { status, text } = await get('Patient/anna/$everything?_part=reference-data');
      expect([status, entryNames(text)]).toEqual([200, ['include Practitioner/p1']]);
      expect(linkOf(text)).toEqual(JSON.parse(linksTo('behind-Practitioner/p1')));
      expect(asked()).toEqual([3, 2, 1].map((count) => ['related', names.slice(0, count)]));
    });

    it('a page that other parts have begun takes what it can hold', async () => {
      owners.say('clinical-service', 'POST $related', giving(1));
      const { status, text } = await get('Patient/anna/$everything?_part=clinical-service');
      expect([status, entryNames(text)]).toEqual([200, ['match Coverage/c', 'include Practitioner/p1']]);
      expect(linkOf(text)).toEqual(JSON.parse(linksTo('behind-Practitioner/p1')));
    });

    it('a page is refused that one resource would make too large alone', async () => {
      owners.say('clinical-service', 'POST $related', { body: large });
      const { status, text } = await get('Patient/anna/$everything?_part=reference-data');
      expect([status, text.includes('result-too-large')]).toEqual([400, true]);
      expect(asked()).toHaveLength(3);
    });
  });

  it('includes are refused as before', async () => {
    const includes = JSON.stringify({ include: [], revinclude: [] });
    owners.say('claims-service', 'GET Claim', { headers: { 'x-includes': includes }, body: large });
    expect((await get('Claim')).status).toBe(400);
  });
});
