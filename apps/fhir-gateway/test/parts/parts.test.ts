/** A record whose parts are at several owners: the gateway asks one after the other until a part is not empty. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { RECORD_SERVICES, type RecordService } from '@patient-access/topology';
import { asApp, newToken } from '../world.ts';
import { entryNames, entryOf, type Owners, pageOf, startOwners } from '../owners.ts';

/** The owners in this test. The topology may have more. */
const LOOKED_AT = ['coverage-service', 'claims-service', 'clinical-service'] as const;
const EMPTY = { headers: { 'x-empty-part': 'true' }, body: pageOf([]) };

describe('the record of a member', () => {
  let owners: Owners;
  let token: string;
  beforeAll(async () => {
    owners = await startOwners();
    token = newToken(owners.world);
  });
  beforeEach(() => owners.reset());
  afterAll(() => owners?.stop());

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
    expect(headers).not.toHaveProperty('x-empty-part');
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

  it('is complete when the last part is empty', async () => {
    for (const owner of RECORD_SERVICES) record(owner, EMPTY);
    record(RECORD_SERVICES.at(-1) ?? 'clinical-service', { body: pageOf([]) });
    const { status, text } = await get('Patient/anna/$everything');
    expect([status, entryNames(text)]).toEqual([200, []]);
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

  it('is completed with the reference data to which it refers', async () => {
    const claim = entryOf(
      'match',
      'Claim/c1',
      '"facility":{"reference":"Location/l1"},"x":{"reference":"Patient/ben"}',
    );
    const includes = JSON.stringify({ include: [], revinclude: [], plan: ['Location'] });
    record('coverage-service', { headers: { 'x-includes': includes }, body: pageOf([claim]) });
    owners.say('clinical-service', 'POST $related', { body: `${entryOf('include', 'Location/l1')}\n` });
    expect(entryNames((await get('Patient/anna/$everything')).text)).toEqual([
      'match Claim/c1',
      'include Location/l1',
    ]);
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
