/** Requests that no token opens: how each is answered, and what is recorded. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { observation } from '@patient-access/testing';
import { type Asker, asMember, bundleOf, startWorld, type World } from '../world.ts';

const CANARY = 'canary-in-a-note';
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

const OPERATIONS = ['export', 'member-match', 'match', 'graphql', 'document', 'validate', 'meta', 'lastn'];
const ABOVE = ['', 'Observation/', 'Observation/o-1/', 'Patient/', 'Patient/anna/'];

/** Other spellings of existing paths (F41), and ids that FHIR would allow. */
const SPELLINGS = [
  'Observation/..%2fCondition',
  'Observation/%2e%2e',
  'Observation/%2e%2e/Observation/o-1',
  'Observation/%252e',
  'Observation//o-1',
  '/Observation/o-1',
  'Observation/o-1;x=1',
  'Observation;x=1/o-1',
  'Observation/..;a=b',
  'Observation/..;a=b/o-1',
  '%4fbservation/o-1',
  'Observation/%6f-1',
  'Observation/o%2D1',
  'observation/o-1',
  'OBSERVATION/o-1',
  'Observation/',
  'Observation/o-1/',
  'Observation/.',
  'Observation/..',
  'Observation/o-1/.',
  'Observation/o-1/x.css',
  'Observation/o-1.css',
  'Observation/o-1%00',
  'Observation/o-1%20',
];

const FREE_QUERIES = ['_filter', '_query', '_content', '_text', '_list', '_source', '_contained', '_has'];

type Refused = [method: string, path: string, status: number, reason: string];

const gets = (paths: string[], status: number, reason: string): Refused[] =>
  paths.map((path) => ['GET', path, status, reason]);

const CASES: Record<string, Refused[]> = {
  'F19: a parameter for free queries': FREE_QUERIES.flatMap((name) => [
    ...gets([`Observation?${name}=x`, `Observation?patient=anna&${name}:y=x`], 400, 'parameter-unsupported'),
    ['POST', `Observation/_search?${name}=x`, 400, 'parameter-unsupported'] as Refused,
  ]),
  'F26: a batch': [['POST', '', 405, 'method-unsupported']],
  'F28: an unknown operation': OPERATIONS.flatMap((name) =>
    ABOVE.flatMap((above): Refused[] => [
      ['GET', `${above}$${name}`, 404, 'not-found'],
      ['POST', `${above}$${name}`, 404, 'not-found'],
    ]),
  ),
  'F29: another compartment': gets(
    [
      'Patient/ben/Observation',
      'Patient/anna/Observation',
      'Practitioner/p/Observation',
      'Device/d/Condition',
    ],
    403,
    'request-too-wide',
  ),
  'F30: a search of everything': [
    ...gets(['', '?_type=Patient', '?_type=Observation&patient=anna', '_search'], 403, 'request-too-wide'),
    ['POST', '_search', 403, 'request-too-wide'],
    ['POST', '_search?_type=Patient', 403, 'request-too-wide'],
  ],
  'F41: another spelling of a path': gets(SPELLINGS, 404, 'not-found'),
  'F42: a count that is not a number of resources': gets(
    ['-1', 'NaN', '1e9', '1.5', '%20', '1&_count=2', '1,2', '0x10'].flatMap((count) => [
      `Observation?_count=${count}`,
      `Observation/o-1/_history?_count=${count}`,
    ]),
    400,
    'parameter-invalid',
  ),
  'F45: a value that the type of its parameter does not allow': gets(
    [
      'date=ge2020-13-45',
      'date=eq',
      'date=1e999',
      'code=|',
      'code=a%5C',
      'value-quantity=1e999',
      'value-quantity=NaN',
      "value-quantity=1'--",
      '_lastUpdated=yesterday',
    ]
      .map((query) => `Observation?${query}`)
      .concat('Condition?encounter=/', 'Condition?encounter=A/b/c'),
    400,
    'parameter-invalid',
  ),
};

describe('a request that no token opens', () => {
  let world: World;
  let anna: Asker;
  beforeAll(async () => {
    world = await startWorld();
    await world.store('north', observation('o-1', 'anna', { note: [{ text: CANARY }] }));
    anna = await asMember(world, 'north', 'anna');
  });
  afterAll(() => world?.stop());

  describe.each(Object.entries(CASES))('%s', (_name, refused) => {
    it.each(refused)('%s %j is answered with %i and recorded', async (method, path, status, reason) => {
      const answer = await anna(path, { method, ...(method === 'POST' && { headers: FORM, body: 'a=b' }) });
      expect([answer.status, JSON.parse(answer.text)]).toMatchObject([
        status,
        { resourceType: 'OperationOutcome' },
      ]);
      expect(answer.text).not.toMatch(/SELECT|search_value|node_modules|canary/);
      expect(answer.headers).toMatchObject({
        'cache-control': 'no-store',
        'x-request-id': answer.requestId,
        ...(status === 403 && {
          'www-authenticate': expect.stringContaining('error="insufficient_scope"') as unknown,
        }),
      });
      const events = (await world.events()).filter(({ requestId }) => requestId === answer.requestId);
      expect(events).toMatchObject([{ outcome: '4', reason, member: 'anna' }]);
      for (const name of ['resource', 'counts', 'bodyHash']) expect(events[0]).not.toHaveProperty(name);
    });
  });

  it('F42: treats a count above a hundred as a hundred, and a count of zero as a request for the total', async () => {
    const selfOf = async (count: string) =>
      bundleOf(await anna(`Observation?_count=${count}`)).link[0]?.url.split('?')[1];
    expect(await selfOf('1000000')).toBe('_count=100');
    expect(bundleOf(await anna('Observation?_count=0'))).toMatchObject({ total: 1 });
  });
});
