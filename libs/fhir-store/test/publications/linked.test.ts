/** Chains of what is published into another service: this service says what to ask there, and takes the ids. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { publicationTenant } from '@patient-access/fhir';
import { LINKS_HEADER, linkedPath } from '@patient-access/internal-api';
import { asMember, bundleOf, idsOf, startWorld, type World } from '../world.ts';
import { asEverybody, everybody, publish } from './world.ts';

let world: World;
let directory: Awaited<ReturnType<typeof asEverybody>>;
beforeAll(async () => {
  world = await startWorld({}, 'coverage-service');
  await publish(world);
  await world.store(
    publicationTenant('north', 'provider-directory'),
    ...['here', 'there'].map((id) => ({
      resourceType: 'OrganizationAffiliation',
      id,
      location: [{ reference: `Location/${id}` }],
      network: [{ reference: 'Organization/network' }],
    })),
    { resourceType: 'Organization', id: 'part', name: 'part', partOf: { reference: 'Organization/network' } },
    {
      resourceType: 'OrganizationAffiliation',
      id: 'in-part',
      network: [{ reference: 'Organization/part' }],
    },
  );
  directory = await asEverybody(world, everybody(world, 'north', 'provider-directory'));
}, 120_000);
afterAll(() => world?.stop());

const LINKS = { headers: { [LINKS_HEADER]: 'true' } };
const post = (body: object, headers: Record<string, string> = {}) => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
});
const SEARCH = 'OrganizationAffiliation?location.address-city=Seattle&_count=1';
const KEY = 'Location?address-city=Seattle';

it('says what has to be asked, and gives nothing', async () => {
  const { status, headers, text } = await directory(SEARCH, LINKS);
  expect([status, headers[LINKS_HEADER]]).toEqual([200, 'true']);
  expect(JSON.parse(text)).toEqual({
    type: 'OrganizationAffiliation',
    parameters: [
      ['location.address-city', 'Seattle'],
      ['_count', '1'],
    ],
    questions: [
      { type: 'Location', parameter: 'address-city', value: 'Seattle', chain: 'location.address-city' },
    ],
  });
});

it('is refused where the gateway cannot ask', async () => {
  expect((await directory(SEARCH)).status).toBe(400);
});

it('answers the search with the ids, page by page, and its links are those of the client', async () => {
  const parameters = (JSON.parse((await directory(SEARCH, LINKS)).text) as { parameters: string[][] })
    .parameters;
  const again = (asked: string[][], ids: string[]) =>
    directory(
      linkedPath('OrganizationAffiliation', 'search'),
      post({ parameters: asked, ids: { [KEY]: ids } }),
    );
  const first = await again(parameters, ['here', 'there', 'nowhere']);
  expect(first.status).toBe(200);
  expect(first.headers[LINKS_HEADER]).toBeUndefined();
  expect(first.headers['cache-control']).toBe('public, max-age=300');
  const links = Object.fromEntries(
    (bundleOf(first).link ?? []).map(({ relation, url }) => [relation, new URL(url)]),
  );
  expect(links['self']?.searchParams.get('location.address-city')).toBe('Seattle');
  const cursor = links['next']?.searchParams.get('_cursor') ?? '';
  // The next page has the chain in its cursor, so it is asked in the same way.
  const next = await directory(`OrganizationAffiliation?_cursor=${cursor}`, LINKS);
  expect(JSON.parse(next.text)).toMatchObject({ questions: [{ type: 'Location', value: 'Seattle' }] });
  const second = await again([['_cursor', cursor]], ['here', 'there', 'nowhere']);
  expect([...idsOf(first), ...idsOf(second)].sort()).toEqual(['here', 'there']);
  expect(idsOf(await again(parameters, []))).toEqual([]);
  expect(idsOf(await again(parameters, ['nowhere']))).toEqual([]);
});

it('answers a question with ids alone', async () => {
  const ask = (type: string, parameter: string, value: string) =>
    directory(linkedPath(type, 'ids'), post({ parameter, value }));
  expect(JSON.parse((await ask('Organization', 'name', 'net')).text)).toEqual({ ids: ['network'] });
  expect(JSON.parse((await ask('Organization', 'name:exact', 'net')).text)).toEqual({ ids: [] });
  expect((await ask('Organization', 'name', ',')).status).toBe(400);
  expect((await ask('Patient', 'name', 'x')).status).toBe(404);
  expect((await directory(linkedPath('Organization', 'ids'), { ...post({}), body: '{' })).status).toBe(400);
});

it('does none of it for members, whatever the request says', async () => {
  const member = await asMember(world, 'north', 'anna');
  expect((await member(SEARCH, LINKS)).status).toBe(400);
  const search = { parameters: [['location.address-city', 'Seattle']], ids: { [KEY]: ['here'] } };
  expect((await member(linkedPath('OrganizationAffiliation', 'search'), post(search))).status).toBe(400);
  expect(
    (await member(linkedPath('Organization', 'ids'), post({ parameter: 'name', value: 'both' }))).status,
  ).toBe(404);
});

it('takes a chain within the service as before, also by what a target is a part of', async () => {
  expect(idsOf(await directory('OrganizationAffiliation?network.partof=Organization/network'))).toEqual([
    'in-part',
  ]);
});
