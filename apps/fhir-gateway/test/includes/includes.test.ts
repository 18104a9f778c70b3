import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { gunzipSync } from 'node:zlib';
import { parseIncludes, part2Entry, part2Header, withPart2Meta } from '@patient-access/fhir';
import { ask } from '@patient-access/testing';
import { asApp, NORTHWIND_BASE, newToken } from '../world.ts';
import type { RecordService } from '@patient-access/topology';
import { entryNames, entryOf, type Owners, pageOf, startOwners } from '../owners.ts';

const CLAIM = entryOf(
  'match',
  'ExplanationOfBenefit/e1',
  '"total":[{"amount":{"value":1.50}}],"patient":{"reference":"Patient/anna"},' +
    '"provider":{"reference":"Practitioner/p1"},"payee":{"party":{"reference":"Patient/ben"}},' +
    '"insurance":[{"coverage":{"reference":"Coverage/c1/_history/1"}}]',
);
const COVERAGE = entryOf('include', 'Coverage/c1', '"order":1.0');
const PRACTITIONER = entryOf('include', 'Practitioner/p1');

describe('a page with includes', () => {
  let owners: Owners;
  let token: string;
  beforeAll(async () => {
    owners = await startOwners();
    token = newToken(owners.world);
  });
  beforeEach(() => owners.reset());
  afterAll(() => owners?.stop());

  /** The page of the first owner. */
  function page(body: string, query: [string, string][], headers: Record<string, string> = {}): void {
    const includes = JSON.stringify(parseIncludes('ExplanationOfBenefit', query));
    const said = { headers: { 'x-includes': includes, ...headers }, body };
    for (const at of [
      'GET ExplanationOfBenefit',
      'HEAD ExplanationOfBenefit',
      'POST ExplanationOfBenefit/_search',
    ])
      owners.say('claims-service', at, said);
  }
  const ALL: [string, string][] = [['_include', 'ExplanationOfBenefit:*']];
  const get = (headers: Record<string, string> = {}) =>
    asApp(owners.world, token, 'ExplanationOfBenefit?x', { headers });
  const related = (owner: RecordService, lines: string[], round = '') =>
    owners.say(owner, `POST $related${round}`, { body: lines.map((line) => `${line}\n`).join('') });
  const askedOf = (owner: RecordService) =>
    owners.of[owner].received.filter(({ url }) => url.includes('$related'));

  it('is completed with the entries of the owners behind the matches, byte for byte', async () => {
    page(pageOf([CLAIM]), ALL);
    related('coverage-service', [COVERAGE]);
    related('clinical-service', [PRACTITIONER]);
    const { status, text, headers } = await get();
    expect([status, text]).toEqual([200, pageOf([CLAIM, COVERAGE, PRACTITIONER])]);
    expect(headers['content-length']).toBe(String(text.length));
    for (const name of ['x-includes', 'x-response-subject']) expect(headers).not.toHaveProperty(name);
  });

  it('bears the notice of 42 CFR Part 2 once, whichever owner sends it, and in its head', async () => {
    const from = '2026-11-01T00:00:00.000Z';
    const until = '2027-11-01T00:00:00.000Z';
    const consent = { categories: ['substance-use'], from, until };
    token = newToken(owners.world, { scope: 'patient/*.rs', part2: { labels: ['s|SUD'], ...consent } });
    const release = { grant: 'grant-anna', scope: 'patient/*.rs', ...consent };
    const notice = part2Entry(release);
    page(pageOf([CLAIM]), ALL);
    related('coverage-service', [COVERAGE, notice]);
    related('clinical-service', [PRACTITIONER, notice]);
    const added = await get();
    expect(added.text).toBe(withPart2Meta(pageOf([CLAIM, COVERAGE, PRACTITIONER, notice])));
    expect(added.text.match(/NORDSCLCD/g)).toHaveLength(2);
    expect(added.headers['part2-notice']).toBe(part2Header(release));
    const whole = withPart2Meta(pageOf([CLAIM, notice]));
    page(whole, ALL, { 'part2-notice': 'of the owner' });
    const there = await get();
    expect(there.text).toBe(withPart2Meta(pageOf([CLAIM, notice, COVERAGE, PRACTITIONER])));
    expect(there.headers['part2-notice']).toBe('of the owner');
    related('coverage-service', [COVERAGE]);
    related('clinical-service', [PRACTITIONER]);
    page(pageOf([CLAIM]), ALL);
    const without = await get();
    expect(without.text).not.toContain('NORDSCLCD');
    expect(without.headers).not.toHaveProperty('part2-notice');
  });

  it('sends one request to each owner, with the member’s introspection JWT and the same request id', async () => {
    page(pageOf([CLAIM]), [...ALL, ['_revinclude', 'Provenance:target']]);
    for (const owner of ['coverage-service', 'claims-service', 'clinical-service'] as const)
      related(owner, []);
    const { headers, text } = await get();
    expect(text).toBe(pageOf([CLAIM]));
    const of = ['ExplanationOfBenefit/e1'];
    const questions = {
      'coverage-service': {
        include: ['Patient/anna', 'Coverage/c1/_history/1', 'Patient/ben'],
        revinclude: [],
      },
      'clinical-service': {
        include: ['Practitioner/p1'],
        revinclude: [{ type: 'Provenance', parameter: 'target', of }],
      },
    };
    const [first] = owners.of['claims-service'].received;
    for (const [owner, question] of Object.entries(questions)) {
      const asked = askedOf(owner as RecordService);
      expect(asked.map(({ body }) => JSON.parse(body))).toEqual([question]);
      expect(asked[0]?.headers['x-request-id']).toBe(headers['x-request-id']);
      expect(asked[0]?.headers.authorization).toBe(first?.headers.authorization);
      expect(asked[0]?.headers).not.toHaveProperty('accept-encoding');
    }
  });

  it('contains each version of a resource once, and no match twice', async () => {
    const coverage = entryOf(
      'match',
      'ExplanationOfBenefit/e2',
      '"provider":{"reference":"Practitioner/p1"}',
    );
    page(pageOf([CLAIM, coverage]), ALL);
    const second = entryOf('include', 'Coverage/c1', '', 2);
    related('coverage-service', [COVERAGE, second, COVERAGE]);
    related('clinical-service', [PRACTITIONER, entryOf('include', 'ExplanationOfBenefit/e1')]);
    expect(entryNames((await get()).text)).toEqual([
      'match ExplanationOfBenefit/e1',
      'match ExplanationOfBenefit/e2',
      'include Coverage/c1',
      'include Coverage/c1',
      'include Practitioner/p1',
    ]);
  });

  it('follows :iterate for three rounds at most', async () => {
    page(pageOf([CLAIM]), [...ALL, ['_include:iterate', 'PractitionerRole:*']]);
    const role = (id: string, next: string) =>
      entryOf('include', `PractitionerRole/${id}`, `"practitioner":{"reference":"Practitioner/${next}"}`);
    related('coverage-service', []);
    related('clinical-service', [role('r1', 'p2'), PRACTITIONER]);
    related('clinical-service', [role('r2', 'p3'), entryOf('include', 'Practitioner/p2')], '/2');
    related('clinical-service', [role('r3', 'p4')], '/3');
    expect(entryNames((await get()).text)).toHaveLength(6);
    expect(askedOf('clinical-service').map(({ url, body }) => [url, JSON.parse(body).include])).toEqual([
      ['/northwind/$related', ['Practitioner/p1']],
      ['/northwind/$related/2', ['Practitioner/p2']],
      ['/northwind/$related/3', ['Practitioner/p3']],
    ]);
    expect(askedOf('coverage-service')).toHaveLength(1);
  });

  it('is completed when the search was a POST', async () => {
    page(pageOf([CLAIM]), ALL);
    related('coverage-service', [COVERAGE]);
    related('clinical-service', []);
    const answer = await asApp(owners.world, token, 'ExplanationOfBenefit/_search', {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: '_include=ExplanationOfBenefit:*',
    });
    expect(entryNames(answer.text)).toHaveLength(2);
  });

  it('is compressed by the gateway after it was completed', async () => {
    page(pageOf([CLAIM]), ALL);
    related('coverage-service', [entryOf('include', 'Coverage/c1', `"note":"${'x'.repeat(2_000)}"`)]);
    related('clinical-service', []);
    const { headers, bytes } = await get({ 'accept-encoding': 'gzip' });
    expect(headers['content-encoding']).toBe('gzip');
    expect(entryNames(gunzipSync(bytes).toString())).toHaveLength(2);
  });

  it('is not completed for a HEAD', async () => {
    page(pageOf([CLAIM]), ALL);
    const headers = { authorization: `Bearer ${token}` };
    const answer = await ask(owners.world.url, `${NORTHWIND_BASE}/ExplanationOfBenefit?x`, {
      method: 'HEAD',
      headers,
    });
    expect([answer.status, answer.text, answer.headers['x-includes']]).toEqual([200, '', undefined]);
    expect(askedOf('coverage-service')).toEqual([]);
  });

  it.each<[string, Parameters<Owners['say']>[2]]>([
    ['fails', { status: 500, body: 'of-somebody' }],
    ['is not available', { status: 503, body: '{}' }],
    ['refuses', { status: 401, body: '{}' }],
    ['answers another request', { headers: { 'x-request-id': 'x' }, body: `${PRACTITIONER}\n` }],
    [
      'answers for another member',
      { headers: { 'x-response-subject': 'northwind/ben' }, body: `${PRACTITIONER}\n` },
    ],
    ['dies', (_request, response) => response.destroy()],
    [
      'dies half way',
      (_request, response) => {
        response.writeHead(200, { 'content-length': '9999' }).write(PRACTITIONER);
        setTimeout(() => response.destroy(), 10);
      },
    ],
  ])('P02: is a 503 and never incomplete when one of the owners %s', async (_what, said) => {
    page(pageOf([CLAIM]), ALL);
    related('coverage-service', [COVERAGE]);
    owners.say('clinical-service', 'POST $related', said);
    const { status, text, headers } = await get();
    expect([status, headers['retry-after']]).toEqual([503, '2']);
    expect(text).not.toMatch(/of-somebody|ExplanationOfBenefit|Coverage|Practitioner/);
  });

  const large = `"note":"${'x'.repeat(3 * 1024 * 1024)}"`;
  it.each<[string, () => void]>([
    [
      'the page',
      () =>
        page(pageOf([CLAIM, entryOf('match', 'Claim/a', large), entryOf('match', 'Claim/b', large)]), ALL),
    ],
    [
      'one answer',
      () => related('clinical-service', [entryOf('include', 'A/a', large), entryOf('include', 'A/b', large)]),
    ],
    [
      'all together',
      () => {
        related('coverage-service', [entryOf('include', 'A/a', large)]);
        related('clinical-service', [entryOf('include', 'A/b', large)]);
      },
    ],
    [
      'the answer of an owner',
      () => owners.say('clinical-service', 'POST $related', { status: 400, body: '{}' }),
    ],
  ])('is refused as too costly when %s is too large', async (_what, say) => {
    page(pageOf([CLAIM]), ALL);
    related('coverage-service', []);
    related('clinical-service', []);
    say();
    const { status, text } = await get();
    expect([status, JSON.parse(text)]).toMatchObject([400, { issue: [{ code: 'too-costly' }] }]);
    expect(text.length).toBeLessThan(1_000);
  });

  it('closes the connection on which an owner answered for another member (rule D09)', async () => {
    let connections = 0;
    const { server } = owners.of['clinical-service'];
    server.closeIdleConnections();
    server.on('connection', () => (connections += 1));
    page(pageOf([CLAIM]), ALL);
    related('coverage-service', []);
    related('clinical-service', [PRACTITIONER]);
    expect([(await get()).status, (await get()).status, connections]).toEqual([200, 200, 1]);
    const headers = { 'x-response-subject': 'northwind/ben' };
    owners.say('clinical-service', 'POST $related', { headers, body: `${PRACTITIONER}\n` });
    expect([(await get()).status, (await get()).status, connections]).toEqual([503, 503, 2]);
  });
});

describe('the internal request for related resources', () => {
  let owners: Owners;
  beforeAll(async () => {
    owners = await startOwners();
  });
  afterAll(() => owners?.stop());

  it.each([
    '$related',
    '%24related',
    '/$related',
    './$related',
    '..%2f$related',
    '$related/2',
    'Patient/../$related',
    'Patient/..%2f$related',
    'Patient/$related',
    'Patient?/$related',
    'Patient;/../$related',
    '\\$related',
  ])('cannot be sent from outside: %s', async (path) => {
    const token = newToken(owners.world);
    for (const method of ['POST', 'GET']) await asApp(owners.world, token, path, { method, body: '{}' });
    const reached = Object.values(owners.of).flatMap(({ received }) => received.map(({ url }) => url));
    // An owner does not take other spellings for this request (libs/fhir-store/test/related).
    expect(reached.filter((url) => url.startsWith('/northwind/$related'))).toEqual([]);
  });
});
