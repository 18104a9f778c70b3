/** A record whose parts are at several owners: the gateway asks one after the other until the page is full. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { RECORD_SERVICES, type RecordService } from '@patient-access/topology';
import { part2Entry, withPart2Meta } from '@patient-access/fhir';
import { waitUntil } from '@patient-access/testing';
import { asApp, type Handler, introspections, newToken, type Received } from '../world.ts';
import { entryNames, entryOf, type Owners, pageOf, startOwners } from '../owners.ts';

/** The owners in this test. The topology may have more. */
const LOOKED_AT = ['coverage-service', 'claims-service', 'clinical-service'] as const;
const EMPTY = { headers: { 'x-room': '5' }, body: pageOf([]) };
const linksTo = (next: string) =>
  JSON.stringify([
    { relation: 'self', url: 'the-page' },
    { relation: 'next', url: next },
  ]);
const referred = (...references: string[]) => ({
  body: JSON.stringify({
    self: 'self-of-reference-data',
    room: 2,
    referred: references.map((reference) => ({ reference, next: `behind-${reference}` })),
  }),
});

let owners: Owners;
let token: string;
beforeAll(async () => {
  owners = await startOwners();
  token = newToken(owners.world);
});
beforeEach(() => owners.reset());
afterAll(() => owners?.stop());

describe('an answer of the plan, or one that is computed', () => {
  const PATH = 'Coverage/c/$benefit-balance';
  const get = (path = PATH) => asApp(owners.world, token, path);
  const asked = (owner: RecordService) => owners.of[owner].received.map(({ url }) => url);

  it('is the plan’s own, where the first owner has it', async () => {
    owners.say('coverage-service', `GET ${PATH}`, { body: '{"the":"plan"}' });
    expect((await get()).text).toBe('{"the":"plan"}');
    expect(asked('claims-service')).toEqual([]);
  });

  it('is asked for at the next owner where the first has none', async () => {
    owners.say('coverage-service', `GET ${PATH}`, { headers: { 'x-no-answer': 'true' }, body: '' });
    owners.say('claims-service', `GET ${PATH}`, { body: '{"added":"up"}' });
    const { status, text, headers } = await get();
    expect([status, text]).toEqual([200, '{"added":"up"}']);
    expect(headers).not.toHaveProperty('x-no-answer');
    expect(asked('claims-service')).toEqual([`/northwind/${PATH}?_part=claims-service`]);
    const [first] = owners.of['coverage-service'].received;
    expect(first?.headers['x-no-answer']).toBe('true');
    expect(asked('clinical-service')).toEqual([]);
  });

  it('begins at the first owner, whatever part the app names', async () => {
    owners.say('coverage-service', `GET ${PATH}`, { status: 400, body: '{}' });
    expect((await get(`${PATH}?_part=claims-service`)).status).toBe(400);
    expect(asked('claims-service')).toEqual([]);
  });

  it('is nothing where nobody has one', async () => {
    for (const owner of ['coverage-service', 'claims-service'] as const)
      owners.say(owner, `GET ${PATH}`, { headers: { 'x-no-answer': 'true' }, body: '' });
    expect((await get()).status).toBe(404);
  });
});

describe('the record of a member', () => {
  const get = (path: string) => asApp(owners.world, token, path);
  const urls = () =>
    LOOKED_AT.map((owner) => owners.of[owner].received.map(({ url }) => url.slice('/northwind/'.length)));
  const record = (owner: RecordService, said: Parameters<Owners['say']>[2]) =>
    owners.say(owner, 'GET Patient/anna/$everything', said);

  it('begins at the first owner, and skips empty parts', async () => {
    record('coverage-service', EMPTY);
    record('claims-service', EMPTY);
    record('clinical-service', { body: pageOf([entryOf('match', 'Condition/c1')]) });
    const { status, text, headers } = await get(
      'Patient/anna/$everything?_count=5&_part=coverage-service&_type=A%2CB',
    );
    expect([status, entryNames(text)]).toEqual([200, ['match Condition/c1']]);
    expect(headers).not.toHaveProperty('x-room');
    const query = 'Patient/anna/$everything?_count=5';
    expect(urls()).toEqual([
      [`${query}&_part=coverage-service&_type=A%2CB`],
      [`${query}&_type=A%2CB&_part=claims-service`],
      [`${query}&_type=A%2CB&_part=clinical-service`],
    ]);
  });

  it('continues at the owner that the link names', async () => {
    record('claims-service', { body: pageOf([entryOf('match', 'Claim/c1')]) });
    await get('Patient/anna/$everything?_cursor=abc&_part=claims-service');
    expect(urls()).toEqual([[], ['Patient/anna/$everything?_cursor=abc&_part=claims-service'], []]);
  });

  const isReferences = ({ url }: Received) => url.includes('_part=reference-data');
  /** What owners say about the reference data, each what is given for it or nothing. */
  function references(
    of: Partial<Record<RecordService, ReturnType<typeof referred>>>,
    part: typeof EMPTY,
  ): void {
    for (const owner of RECORD_SERVICES)
      record(owner, (request, response) => {
        const { body } = isReferences(request) ? (of[owner] ?? referred()) : part;
        if (!isReferences(request)) response.setHeader('x-room', part.headers['x-room']);
        response.end(body);
      });
  }

  it('is complete when all parts are empty', async () => {
    references({}, EMPTY);
    const { status, text } = await get('Patient/anna/$everything');
    expect([status, entryNames(text)]).toEqual([200, []]);
  });

  it('fills a page from the next parts, byte for byte, until it is full', async () => {
    const [coverage, claim, condition] = ['Coverage/c', 'Claim/c', 'Condition/c'].map((name) =>
      entryOf('match', name, '"order":1.0'),
    ) as [string, string, string];
    const part = (entry: string, next: string) => pageOf([entry], linksTo(next));
    record('coverage-service', { headers: { 'x-room': '2' }, body: part(coverage, 'a') });
    record('claims-service', { headers: { 'x-room': '1' }, body: part(claim, 'b') });
    record('clinical-service', { body: part(condition, 'c') });
    const { text, headers } = await get('Patient/anna/$everything?_count=3');
    expect(text.slice(text.indexOf(',"entry"'))).toBe(
      `,"entry":[${[coverage, claim, condition].join(',')}]}`,
    );
    expect((JSON.parse(text) as { link: unknown }).link).toEqual(JSON.parse(linksTo('c')));
    expect(headers['content-length']).toBe(String(text.length));
    expect(LOOKED_AT.map((owner) => owners.of[owner].received[0]?.headers['x-room'])).toEqual([
      undefined,
      '2',
      '1',
    ]);
  });

  describe('while it is put together', () => {
    const PATH = 'Patient/anna/$everything';
    const jti = 'jti-of-a-long-answer';
    const asked = (name: string) =>
      introspections(owners.world).filter(({ body }) => body.includes(name)).length;
    beforeAll(() =>
      waitUntil(() => owners.world.auth.received.some(({ url }) => url === '/internal/revocations')),
    );

    /** An owner during whose answer the gateway hears a notice about the token, and has dropped what it knew of it. */
    const duringNotice =
      (ofToken: string, answered: typeof EMPTY): Handler =>
      async (_request, response) => {
        const before = asked(ofToken);
        owners.world.push(`data: ${JSON.stringify({ tenant: 'northwind', jti })}\n\n`);
        await waitUntil(async () => {
          await asApp(owners.world, ofToken, 'Observation/1');
          return asked(ofToken) > before;
        });
        response.setHeader('x-room', answered.headers['x-room']).end(answered.body);
      };

    it('asks each further owner with what auth-service says by then', async () => {
      const long = newToken(owners.world, { jti });
      record('coverage-service', duringNotice(long, EMPTY));
      record('claims-service', { body: pageOf([entryOf('match', 'Claim/c1')]) });
      expect((await asApp(owners.world, long, PATH)).status).toBe(200);
      const jwts = LOOKED_AT.map(
        (owner) =>
          owners.of[owner].received.find(({ url }) => url.includes('$everything'))?.headers.authorization,
      );
      expect(jwts).toEqual([expect.any(String), expect.any(String), undefined]);
      expect(jwts[0]).not.toBe(jwts[1]);
    });

    it('asks for reference data with what auth-service says by then', async () => {
      const long = newToken(owners.world, { jti });
      for (const owner of RECORD_SERVICES) record(owner, referred());
      record('claims-service', duringNotice(long, { ...EMPTY, body: referred('Practitioner/p1').body }));
      owners.say('clinical-service', 'POST $related', { body: `${entryOf('include', 'Practitioner/p1')}\n` });
      const { text } = await asApp(owners.world, long, `${PATH}?_part=reference-data`);
      expect(entryNames(text)).toEqual(['include Practitioner/p1']);
      const [first, second] = ['_part=reference-data', '$related'].map(
        (name) =>
          owners.of['clinical-service'].received.find(({ url }) => url.includes(name))?.headers.authorization,
      );
      expect([first, second]).toEqual([expect.any(String), expect.any(String)]);
      expect(first).not.toBe(second);
    });

    it('ends with the token, and no further owner is asked', async () => {
      const ended = newToken(owners.world, { jti });
      record('coverage-service', (request, response) => {
        owners.world.tokens.delete(ended);
        return duringNotice(ended, EMPTY)(request, response);
      });
      record('claims-service', { body: pageOf([entryOf('match', 'Claim/c1')]) });
      const { status, text } = await asApp(owners.world, ended, PATH);
      expect([status, text.includes('Claim/c1')]).toEqual([401, false]);
      expect(owners.of['claims-service'].received).toEqual([]);
    });
  });

  it('bears the notice of 42 CFR Part 2 once, at the end', async () => {
    const consent = {
      categories: ['substance-use'],
      from: '2026-11-01T00:00:00.000Z',
      until: '2027-11-01T00:00:00.000Z',
    };
    const scoped = newToken(owners.world, {
      scope: 'patient/*.rs',
      part2: { labels: ['s|SUD'], ...consent },
    });
    const notice = part2Entry({ grant: 'grant-anna', scope: 'patient/*.rs', ...consent });
    const [claim, condition] = [entryOf('match', 'Claim/c'), entryOf('match', 'Condition/c')];
    record('coverage-service', EMPTY);
    const body = withPart2Meta(pageOf([claim, notice]));
    record('claims-service', { headers: { 'x-room': '2', 'part2-notice': 'x' }, body });
    record('clinical-service', { body: withPart2Meta(pageOf([condition, notice])) });
    const { text, headers } = await asApp(owners.world, scoped, 'Patient/anna/$everything');
    expect(text.endsWith(`"entry":[${claim},${condition},${notice}]}`)).toBe(true);
    expect(text.match(/NORDSCLCD/g)).toHaveLength(2);
    expect(headers['part2-notice']).toContain('grant-anna');
  });

  it('ends with the reference data of all parts, each resource once, in pages that are full', async () => {
    references(
      {
        'coverage-service': referred('Organization/o1', 'Practitioner/p1'),
        'claims-service': referred('Location/gone', 'Practitioner/p1', 'Practitioner/p2'),
      },
      EMPTY,
    );
    const line = (name: string) => `${entryOf('include', name)}\n`;
    owners.say('clinical-service', 'POST $related', { body: '' });
    owners.say('coverage-service', 'POST $related', { body: line('Organization/o1') });
    owners.say('clinical-service', 'POST $related/2', { body: line('Practitioner/p1') });
    const { text } = await get('Patient/anna/$everything?_part=reference-data');
    expect(entryNames(text)).toEqual(['include Organization/o1', 'include Practitioner/p1']);
    expect((JSON.parse(text) as { link: unknown }).link).toEqual([
      { relation: 'self', url: 'self-of-reference-data' },
      { relation: 'next', url: 'behind-Practitioner/p1' },
    ]);
    const asked = owners.of['clinical-service'].received.filter(({ url }) => url.includes('$related'));
    expect(asked.map(({ body }) => (JSON.parse(body) as { include: string[] }).include)).toEqual([
      ['Location/gone'],
      ['Practitioner/p1'],
    ]);
  });

  it.each([400, 403, 404, 503])('is refused when an owner refuses its references (%i)', async (status) => {
    references({}, EMPTY);
    record('claims-service', { status, body: '{"resourceType":"OperationOutcome"}' });
    const answer = await get('Patient/anna/$everything?_part=reference-data');
    expect([answer.status, answer.text]).toEqual([status, '{"resourceType":"OperationOutcome"}']);
  });

  it('has a head without a body, whatever part it begins at', async () => {
    references({}, EMPTY);
    for (const path of ['Patient/anna/$everything', 'Patient/anna/$everything?_part=reference-data'])
      for (const owner of RECORD_SERVICES)
        owners.say(owner, `HEAD ${path.split('?')[0]}`, { headers: { 'x-room': '5' } });
    for (const path of ['Patient/anna/$everything', 'Patient/anna/$everything?_part=reference-data']) {
      const { status, text, headers } = await asApp(owners.world, token, path, { method: 'HEAD' });
      expect([status, text, headers['x-room']]).toEqual([200, '', undefined]);
    }
  });

  it.each([404, 403, 400])(
    'is refused when an owner refuses (%i), and no further owner is asked',
    async (status) => {
      record('coverage-service', { status, body: '{"resourceType":"OperationOutcome"}' });
      expect((await get('Patient/anna/$everything')).status).toBe(status);
      expect(urls()).toEqual([['Patient/anna/$everything'], [], []]);
    },
  );

  it('P02: is a 503 when an owner does not answer, even if others have parts', async () => {
    record('coverage-service', EMPTY);
    record('claims-service', (_request, response) => response.destroy());
    record('clinical-service', { body: pageOf([entryOf('match', 'Condition/c1')]) });
    expect((await get('Patient/anna/$everything')).status).toBe(503);
    expect(owners.of['clinical-service'].received).toEqual([]);
  });

  it('sends the form of a POST to each owner', async () => {
    owners.say('coverage-service', 'POST Patient/anna/$everything', EMPTY);
    owners.say('claims-service', 'POST Patient/anna/$everything', { body: pageOf([]) });
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    await asApp(owners.world, token, 'Patient/anna/$everything', {
      method: 'POST',
      headers,
      body: '_type=Claim',
    });
    expect(owners.of['claims-service'].received).toMatchObject([
      {
        method: 'POST',
        url: '/northwind/Patient/anna/$everything?_part=claims-service',
        body: '_type=Claim',
      },
    ]);
  });

  it('has parts, and a request that concerns one owner does not', async () => {
    for (const path of ['Observation/1', 'Observation?_part=claims-service', 'Observation/1/$everything'])
      expect((await get(path)).status).toBe(404);
    expect(urls().map((each) => each.length)).toEqual([0, 0, 3]);
  });
});
