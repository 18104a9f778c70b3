import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ask } from '@patient-access/testing';
import { NORTHWIND_BASE, newToken, startWorld, type World } from '../world.ts';

/** The routes that answer without a token. Everybody can call a route that is added here. */
const PUBLIC = [
  '/health/live',
  '/health/ready',
  '/payer/patient-access/v2/:tenant/metadata',
  '/payer/patient-access/v2/:tenant/OperationDefinition/Coverage-benefit-balance',
  '/payer/patient-access/v2/:tenant/openapi.json',
  '/payer/patient-access/v2/:tenant/postman.json',
  '/payer/patient-access/v2/:tenant/.well-known/smart-configuration',
  '/auth/*',
  '/docs/errors',
  '/',
  '/docs',
  '/developers',
  '/.well-known/security.txt',
  '/favicon.ico',
  '/payer/patient-access/v2/:tenant/.well-known/*',
  '/.well-known/oauth-authorization-server/auth/:tenant/oauth2/v1',
  '/.well-known/openid-configuration/auth/:tenant/oauth2/v1',
];

/** What plans publish: an owner refuses what cannot be read there, with a credential that opens nothing else. */
const PUBLISHED = ['provider-directory', 'formulary'].flatMap((name) =>
  ['', '/*', '/metadata'].map((path) => `/payer/${name}/v2/:tenant${path}`),
);

describe('every route', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => world?.stop());

  it('is known to this test', () => {
    const urls = new Set(world.routes.map(({ url }) => url));
    for (const url of [...PUBLIC, ...PUBLISHED, '/payer/patient-access/v2/:tenant/*'])
      expect([...urls]).toContain(url);
  });

  it('needs a token, unless it is on the list', async () => {
    let asked = 0;
    for (const { method, url } of world.routes) {
      if (PUBLIC.includes(url) && ['GET', 'HEAD'].includes(method)) continue;
      if (url === '/auth/*' || PUBLISHED.includes(url)) continue;
      const path = url.replace(':tenant', 'northwind').replace('*', 'Observation/1');
      const { status } = await ask(world.url, path, { method });
      // A browser is redirected to the login, except from a page that does not exist.
      if (url.startsWith('/audit/') && ['GET', 'HEAD'].includes(method)) {
        expect([path, status]).toEqual([path, url.endsWith('*') ? 404 : 303]);
        continue;
      }
      expect([method, path, [400, 401, 404, 415].includes(status)]).toEqual([method, path, true]);
      asked += 1;
    }
    expect(asked).toBeGreaterThan(10);
    expect(world.owner.received).toEqual([]);
  });

  it('has an answer for a browser that asks for an icon by itself', async () => {
    const { status, text } = await ask(world.url, '/favicon.ico');
    expect([status, text]).toEqual([204, '']);
  });

  it.each([
    'metadata',
    'OperationDefinition/Coverage-benefit-balance',
    'openapi.json',
    'postman.json',
    '.well-known/smart-configuration',
  ])('that is public is public for GET and HEAD only, and says so: %s', async (document) => {
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
      const { status, headers } = await ask(world.url, `${NORTHWIND_BASE}/${document}`, { method });
      expect([method, status, headers['allow']]).toEqual([method, 405, 'GET, HEAD']);
    }
    const elsewhere = NORTHWIND_BASE.replace('northwind', 'nowhere');
    expect((await ask(world.url, `${elsewhere}/${document}`, { method: 'POST' })).status).toBe(404);
  });

  it.each([
    ['fhir/Patient', 'There is no resource type fhir here.'],
    ['/Patient', 'One slash follows the FHIR base'],
    ['patient/1?_format=json', 'Is Patient meant?'],
  ])('at a path that is nothing says so, without a token: %s', async (path, says) => {
    const { status, text } = await ask(world.url, `${NORTHWIND_BASE}/${path}`);
    expect([status, text]).toEqual([404, expect.stringContaining(says)]);
    const elsewhere = NORTHWIND_BASE.replace('northwind', 'nowhere');
    const unknown = await ask(world.url, `${elsewhere}/${path}`);
    expect([unknown.status, unknown.text]).toEqual([404, expect.stringContaining('nothing at this path')]);
    expect(world.owner.received).toEqual([]);
  });

  it.each([
    '/metadata/x',
    '/Metadata',
    '//metadata',
    '/metadata%2f',
    '/metadata;x=1',
    '/%6detadata/x',
    '/metadata/../Observation',
    '/.well-known/smart-configuration/x',
    '/.well-known/openid-configuration',
    '/..%2fnorthwind%2fmetadata',
    '/$export',
    '/Observation/$everything',
    '/',
  ])('written as %s is not public', async (below) => {
    const { status } = await ask(world.url, `${NORTHWIND_BASE}${below}`);
    expect([400, 401, 404]).toContain(status);
    expect(world.owner.received).toEqual([]);
  });

  it.each([
    'Patient/..%2fCoverage',
    'Patient/%2e%2e',
    'Patient/%2e%2e/Coverage',
    '/Patient',
    'Patient//1',
    'Patient/1;x=1',
    'Patient/..;a=b',
    'Patient/%252e',
    '%61',
    '%50atient/1',
    'patient/1',
    'Patient/',
    'Patient/.',
    'Patient/..',
    'Patient/1/',
    'Patient/1/x.css',
    'metadata/../Patient/1',
    '$export',
    '$graphql',
    '$member-match',
    'Patient/$match',
    'Patient/1/$document',
    'Patient/$validate',
    'Patient/$meta',
    'Observation/$lastn',
  ])('F28, F41: at %s answers nothing without a token, with any method', async (path) => {
    world.owner.received.length = 0;
    for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE']) {
      const { status, headers } = await ask(world.url, `${NORTHWIND_BASE}/${path}`, { method });
      expect([method, [400, 401, 404, 405].includes(status)]).toEqual([method, true]);
      expect(headers['cache-control']).toBe('no-store');
    }
    expect(world.owner.received).toEqual([]);
  });

  it('F25: keeps its method, whatever a header says', async () => {
    world.owner.received.length = 0;
    const authorization = `Bearer ${newToken(world)}`;
    for (const name of ['x-http-method-override', 'x-http-method', 'x-method-override'])
      await ask(world.url, `${NORTHWIND_BASE}/Observation/1`, {
        headers: { authorization, [name]: 'DELETE' },
      });
    expect(world.owner.received.map(({ method }) => method)).toEqual(['GET', 'GET', 'GET']);
    for (const { headers } of world.owner.received)
      expect(Object.keys(headers).filter((name) => name.includes('method'))).toEqual([]);
  });

  it.each([
    'Parameters/1',
    'VerificationResult/1',
    'patient/1',
    '$export',
    '%2550atient/1',
    '',
    '..',
    '__proto__/1',
    'constructor',
  ])('to a type that is not served is passed to an owner, which refuses and records it: %s', async (path) => {
    world.owner.received.length = 0;
    const headers = { authorization: `Bearer ${newToken(world)}` };
    await ask(world.url, `${NORTHWIND_BASE}/${path}`, { headers });
    expect(world.owner.received.map(({ url }) => url)).toEqual([`/northwind/${path}`]);
  });

  it('to the FHIR base itself is passed to an owner as well', async () => {
    world.owner.received.length = 0;
    const headers = { authorization: `Bearer ${newToken(world)}` };
    await ask(world.url, `${NORTHWIND_BASE}?_type=Patient`, { headers });
    await ask(world.url, NORTHWIND_BASE, { method: 'POST', headers, body: '{}' });
    expect(world.owner.received.map(({ method, url }) => [method, url])).toEqual([
      ['GET', '/northwind/?_type=Patient'],
      ['POST', '/northwind/'],
    ]);
  });

  it('to an owner is passed on unchanged', async () => {
    world.owner.received.length = 0;
    const headers = { authorization: `Bearer ${newToken(world)}` };
    for (const below of ['Observation?code=a%7Cb&x=%20', 'Patient/..%2fCoverage', 'Observation/1/_history/2'])
      await ask(world.url, `${NORTHWIND_BASE}/${below}`, { headers });
    expect(world.owner.received.map(({ url }) => url)).toEqual([
      '/northwind/Observation?code=a%7Cb&x=%20',
      '/northwind/Patient/..%2fCoverage',
      '/northwind/Observation/1/_history/2',
    ]);
  });
});
