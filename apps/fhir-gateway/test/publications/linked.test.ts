/** Searches of what is published that two services answer: one finds the targets of a chain, the other what refers to them. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ask } from '@patient-access/testing';
import { entryOf, type Owners, pageOf, startOwners } from '../owners.ts';
import { asApp, FORMULARY_BASE, newToken } from '../world.ts';

const PAGE = pageOf([entryOf('match', 'Location/l1')]);
const PATH = 'Location?organization.name=Clinic&_count=1';
const SEARCH = 'POST Location/$linked-search';
const QUESTION = { type: 'InsurancePlan', parameter: 'name', value: 'Clinic', chain: 'organization.name' };

let owners: Owners;
beforeAll(async () => {
  owners = await startOwners();
});
beforeEach(() => owners.reset());
afterAll(() => owners?.stop());

/** What clinical-service wants to know. */
const wants = (...questions: object[]) => {
  const said = {
    headers: { 'x-links': 'true', 'content-type': 'application/json' },
    body: JSON.stringify({ type: 'Location', parameters: [['organization.name', 'Clinic']], questions }),
  };
  for (const at of ['GET Location', 'HEAD Location', 'POST Location/_search'])
    owners.say('clinical-service', at, said);
};
const found = (ids: string[], status = 200) =>
  owners.say('coverage-service', 'POST InsurancePlan/$linked-ids', { status, body: JSON.stringify({ ids }) });
const answers = (headers: Record<string, string> = {}, body = PAGE) =>
  owners.say('clinical-service', SEARCH, {
    headers: { 'content-type': 'application/fhir+json', ...headers },
    body,
  });
const read = (path = PATH, question: Parameters<typeof ask>[2] = {}) =>
  ask(owners.world.url, `${FORMULARY_BASE}/${path}`, question);
/** @returns the issue of the refusal of PATH */
async function refusal() {
  const { status, text } = await read();
  expect(status).toBe(400);
  return (JSON.parse(text) as { issue: [{ diagnostics: string }] }).issue[0];
}
const askedOf = (owner: keyof Owners['of']) => owners.of[owner].received;

describe('a chain into another service', () => {
  it.each([
    ['GET', PATH, {}],
    [
      'POST',
      'Location/_search',
      {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: 'organization.name=Clinic',
      },
    ],
  ])('by %s: asks for the targets, and then the owner again', async (_method, path, question) => {
    wants(QUESTION);
    found(['o1', 'o2']);
    answers({ 'cache-control': 'public, max-age=300' });
    const { status, text, headers } = await read(path, question);
    expect([status, text, headers['cache-control']]).toEqual([200, PAGE, 'public, max-age=300']);
    expect(headers).not.toHaveProperty('x-links');
    const [asked] = askedOf('coverage-service');
    expect([asked?.url, JSON.parse(asked?.body ?? '')]).toEqual([
      '/northwind~formulary/InsurancePlan/$linked-ids',
      { parameter: 'name', value: 'Clinic' },
    ]);
    const [first, again, ...more] = askedOf('clinical-service');
    expect([first?.headers['x-links'], more]).toEqual(['true', []]);
    expect(again?.method).toBe('POST');
    expect(JSON.parse(again?.body ?? '')).toEqual({
      parameters: [['organization.name', 'Clinic']],
      ids: { 'InsurancePlan?name=Clinic': ['o1', 'o2'] },
    });
    // The credential of everybody goes to both, and nothing else.
    expect(again?.headers.authorization).toBe(asked?.headers.authorization);
  });

  it('has no body where HEAD asks, and asks no other service, so HEAD is 200 also where GET is not', async () => {
    wants(QUESTION);
    found([], 500);
    expect(await read(PATH, { method: 'HEAD' })).toMatchObject({ status: 200, text: '' });
    expect(askedOf('coverage-service')).toEqual([]);
    expect((await read()).status).toBe(503);
  });

  it('is completed with includes', async () => {
    wants(QUESTION);
    found(['o1']);
    answers({ 'x-includes': JSON.stringify({ include: [], revinclude: [] }) });
    const { status, text, headers } = await read();
    expect([status, text]).toEqual([200, PAGE]);
    expect(headers).not.toHaveProperty('x-includes');
  });

  it('matches nothing by a type that the publication does not have', async () => {
    wants({ ...QUESTION, type: 'Organization' });
    answers({}, pageOf([]));
    expect((await read()).text).toBe(pageOf([]));
    expect(JSON.parse(askedOf('clinical-service').at(-1)?.body ?? '')).toMatchObject({
      ids: { 'Organization?name=Clinic': [] },
    });
    expect(askedOf('coverage-service')).toEqual([]);
  });

  it('is refused with a reason for more than 500 targets, and for more than four chains', async () => {
    wants(QUESTION);
    found(Array.from({ length: 500 }, (_, at) => `o${at}`));
    answers();
    expect((await read()).status).toBe(200);
    found(Array.from({ length: 501 }, (_, at) => `o${at}`));
    const many = await refusal();
    expect(many).toMatchObject({
      details: {
        coding: [{ code: 'search-too-costly' }],
        // What apps read of this code is true for a chain, too, with the limits of these two refusals.
        text: expect.stringMatching(/a chain matches more than 500 .* more than four such chains/),
      },
      diagnostics: expect.stringMatching(
        /^organization\.name: more than 500 resources of type InsurancePlan match\. Make the value narrower\. \(/,
      ),
      expression: ['organization.name'],
    });
    wants(...Array.from({ length: 5 }, (_, at) => ({ ...QUESTION, chain: `c${at}.name`, value: `${at}` })));
    expect(await refusal()).toMatchObject({
      diagnostics: expect.stringMatching(
        /^c4\.name: this search has more than 4 such chains: c0\.name, c1\.name, c2\.name, c3\.name, c4\.name\. Leave one out\./,
      ),
      expression: ['c4.name'],
    });
    expect(askedOf('coverage-service')).toHaveLength(2);
  });

  it('is refused with the name of the parameter where a service of the release before says no chain', async () => {
    const { chain: _, ...said } = QUESTION;
    wants(said);
    found(Array.from({ length: 501 }, (_id, at) => `o${at}`));
    expect((await refusal()).diagnostics).toMatch(/^name: more than 500 resources/);
  });

  it.each([500, 401, 403, 404])(
    'is 503 and nothing else where the other service answers %i',
    async (status) => {
      wants(QUESTION);
      found([], status);
      answers();
      expect((await read()).status).toBe(503);
      expect(askedOf('clinical-service')).toHaveLength(1);
    },
  );

  it('passes on why the owner refuses', async () => {
    wants(QUESTION);
    found(['o1']);
    owners.say('clinical-service', SEARCH, { status: 400, body: '{"resourceType":"OperationOutcome"}' });
    expect(await read()).toMatchObject({ status: 400, text: '{"resourceType":"OperationOutcome"}' });
  });

  it('is 503 where a replica of the owner is of the release before, which does not know the question', async () => {
    wants(QUESTION);
    found(['o1']);
    owners.say('clinical-service', SEARCH, { status: 404, body: '{"resourceType":"OperationOutcome"}' });
    const { status, headers, text } = await read();
    expect([status, headers['retry-after']]).toEqual([503, '2']);
    expect(text).not.toContain('not-found');
  });

  it('is never offered to a member’s app, and nobody asks the gateway’s own questions', async () => {
    const token = newToken(owners.world);
    await asApp(owners.world, token, PATH);
    expect(askedOf('clinical-service')[0]?.headers['x-links']).toBeUndefined();
    owners.reset();
    await asApp(owners.world, token, PATH, { headers: { 'x-links': 'true' } });
    expect(askedOf('clinical-service')[0]?.headers['x-links']).toBeUndefined();
    owners.reset();
    for (const part of ['ids', 'search']) {
      const question = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' };
      expect((await read(`Location/$linked-${part}`, question)).status).toBe(404);
      expect((await asApp(owners.world, token, `Location/$linked-${part}`, question)).status).toBe(404);
    }
    expect([...askedOf('clinical-service'), ...askedOf('coverage-service')]).toEqual([]);
  });
});
