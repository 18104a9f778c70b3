import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { createPool, type Pool } from '@patient-access/database';
import { waitUntil } from '@patient-access/testing';
import { configureTenant, suspendTenant } from '../../src/domain/administration/plans/tenants.ts';
import { createPrisma } from '../../src/domain/database.ts';
import { startWorld, tenantOf, type World } from '../world.ts';

const BRAND = {
  website: 'https://www.northwind.example/members',
  developerContact: 'https://developers.northwind.example',
  aliases: ['Northwind Blue'],
  logo: 'https://www.northwind.example/logo.svg',
  logoLicense: 'https://www.northwind.example/logo-terms',
  addresses: [{ city: 'Anchorage', state: 'AK', postalCode: '99508' }],
  portal: { name: 'My Northwind', url: 'https://my.northwind.example' },
};

interface Resource {
  [element: string]: unknown;
  resourceType: string;
  id: string;
}
interface Bundle {
  type: string;
  timestamp: string;
  meta: { lastUpdated: string };
  entry: { fullUrl: string; resource: Resource }[];
}

describe('the brand of a plan', () => {
  let world: World;
  let pool: Pool;
  beforeAll(async () => {
    world = await startWorld();
    pool = await createPool(world.databaseUrl, { max: 2 });
    await configure({ brand: BRAND });
  }, 60_000);
  afterAll(async () => {
    await pool?.end();
    await world?.stop();
  });

  /** Sets the tenant's settings, and waits until the service answers with them. */
  async function configure(settings: object): Promise<void> {
    await configureTenant(pool, 'northwind', settings);
    const { rows } = await world.db.query<{ at: Date }>(
      "SELECT changed_at AS at FROM tenant WHERE id = 'northwind'",
    );
    const [{ at }] = rows as [{ at: Date }];
    const answered = async () =>
      (await fetch(`${world.address}/auth/northwind/brands`)).json() as Promise<Partial<Bundle>>;
    while ((await answered()).timestamp !== at.toISOString()) await delay(10);
  }
  const smart = async (tenant = 'northwind') =>
    (await (await fetch(`${world.address}/${tenant}/smart-configuration`)).json()) as Record<string, unknown>;
  const address = async () => String((await smart())['user_access_brand_bundle']);
  const bundle = async () => (await (await fetch(await address())).json()) as Bundle;
  const resource = async (type: string) => {
    const found = (await bundle()).entry.map((entry) => entry.resource);
    return found.find(({ resourceType }) => resourceType === type) as Resource;
  };

  it('SMART 20, 106: is named in smart-configuration, with its address and one of its identifiers', async () => {
    const { user_access_brand_identifier: identifier } = await smart();
    const { identifier: identifiers } = await resource('Organization');
    expect(identifiers).toEqual([identifier]);
    expect(await smart('lakeside')).not.toHaveProperty('user_access_brand_bundle');
    expect((await fetch(`${world.address}/auth/lakeside/brands`)).status).toBe(404);
  });

  it('SMART 101: is a collection that says when it last changed', async () => {
    const { type, timestamp, meta } = await bundle();
    expect([type, meta.lastUpdated]).toEqual(['collection', timestamp]);
    expect(Date.now() - Date.parse(timestamp)).toBeLessThan(60_000);
    await configure({ brand: { ...BRAND, aliases: [] } });
    const later = await bundle();
    expect(Date.parse(later.timestamp)).toBeGreaterThan(Date.parse(timestamp));
    expect(later.entry[0]?.resource).not.toHaveProperty('alias');
    await configure({ brand: BRAND });
  });

  it('SMART 102, 107: consists of one brand and the endpoint of this plan, which refer to each other', async () => {
    const [organization, endpoint] = [await resource('Organization'), await resource('Endpoint')];
    expect(endpoint).toMatchObject({
      status: 'active',
      address: tenantOf(world).fhirBase,
      connectionType: { code: 'hl7-fhir-rest' },
      contact: [{ system: 'url', value: BRAND.developerContact }],
      payloadType: [{ coding: [{ code: 'none' }] }],
    });
    expect(organization).toMatchObject({
      name: 'Northwind Health Plan',
      telecom: [{ system: 'url', value: BRAND.website }],
      type: [{ coding: [{ code: 'ins' }] }],
      endpoint: [{ reference: `Endpoint/${endpoint.id}` }],
    });
    expect(JSON.stringify(organization['extension'])).toContain(`"Endpoint/${endpoint.id}"`);
  });

  it('SMART 104: contains what the plan says about itself', async () => {
    await configure({
      brand: { ...BRAND, identifiers: [{ system: 'http://hl7.org/fhir/sid/us-npi', value: '1' }] },
    });
    expect((await smart())['user_access_brand_identifier']).toEqual({
      system: 'http://hl7.org/fhir/sid/us-npi',
      value: '1',
    });
    await configure({ brand: BRAND });
    expect((await smart())['user_access_brand_identifier']).toEqual({
      system: 'urn:ietf:rfc:3986',
      value: 'https://northwind.example',
    });
  });

  it('SMART 105: leaves out unknown facts', async () => {
    expect(JSON.stringify(await bundle())).not.toContain('data-absent-reason');
    expect(JSON.stringify(await bundle())).not.toMatch(/:(null|""|\[\])/);
  });

  it('SMART 103: can be read by any web page, and is sent again only when it has changed', async () => {
    const headers = { origin: 'https://anyone.example' };
    const first = await fetch(await address(), { headers });
    const etag = first.headers.get('etag') ?? '';
    expect([first.headers.get('access-control-allow-origin'), etag]).toEqual([
      '*',
      expect.stringMatching(/^W\//),
    ]);
    const again = await fetch(await address(), { headers: { ...headers, 'if-none-match': etag } });
    expect([again.status, await again.text()]).toEqual([304, '']);
    const preflight = await fetch(await address(), { method: 'OPTIONS', headers });
    expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([204, '*']);
    await configure({ brand: { ...BRAND, aliases: ['Another'] } });
    expect((await fetch(await address(), { headers: { 'if-none-match': etag } })).status).toBe(200);
  });

  it('SMART 103: compares the ETag weakly, alone or in a list', async () => {
    const etag = (await fetch(await address())).headers.get('etag') ?? '';
    const answerTo = async (known: string) =>
      (await fetch(await address(), { headers: { 'if-none-match': known } })).status;
    for (const known of [etag, etag.replace('W/', ''), `"other",${etag}`, `W/"other" , ${etag}`, '*'])
      expect([known, await answerTo(known)]).toEqual([known, 304]);
    expect(await answerTo('W/"other"')).toBe(200);
  });

  it('is in the bundle of the installation when the plan wants it, and none is otherwise', async () => {
    const all = `${world.address}/auth/brands`;
    expect((await fetch(all)).status).toBe(404);
    await configure({ brand: { ...BRAND, listed: true } });
    const answer = await fetch(all, { headers: { origin: 'https://anyone.example' } });
    const { type, timestamp, entry } = (await answer.json()) as Bundle;
    expect([type, timestamp]).toEqual(['collection', (await bundle()).timestamp]);
    expect(entry).toEqual((await bundle()).entry);
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
    const etag = answer.headers.get('etag') ?? '';
    expect((await fetch(all, { headers: { 'if-none-match': etag } })).status).toBe(304);
    await configureTenant(pool, 'lakeside', {
      brand: { ...BRAND, website: 'https://lakeside.example', listed: true },
    });
    // The service hears of the change a moment after the command has ended.
    const become = async (plans: readonly string[]) => {
      const listed = async () =>
        ((await (await fetch(all)).json()) as Bundle).entry.map(({ resource: { id } }) => id);
      const wanted = JSON.stringify(plans.flatMap((plan) => [plan, plan]));
      const failure = () => `the plans listed do not become ${plans.join(' and ')}`;
      await waitUntil(async () => JSON.stringify(await listed()) === wanted, { failure });
    };
    await become(['lakeside', 'northwind']);
    await suspendTenant(createPrisma(pool), 'lakeside', true);
    await become(['northwind']);
  });
});
