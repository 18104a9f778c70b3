import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { ask } from '@patient-access/testing';
import { NORTHWIND_BASE, newToken, PLAN, SMART_CONFIGURATION, startWorld, type World } from '../world.ts';

/** Until then all requests of a test that are sent together have come. */
const ALL_COME_MS = 300;
const ROOT = '/payer/patient-access/v2';

describe('a tenant', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => world?.stop());

  async function answer(path: string, headers: Record<string, string> = {}) {
    const { status, text, headers: got } = await ask(world.url, path, { headers });
    const { date: _date, 'x-request-id': id = '', ...rest } = got;
    return { status, headers: rest, text: text.replaceAll(String(id), '') };
  }

  it('has a capability statement and SMART discovery that everybody can read', async () => {
    const metadata = await answer(`${NORTHWIND_BASE}/metadata`);
    expect([metadata.status, metadata.headers['access-control-allow-origin']]).toEqual([200, '*']);
    expect(JSON.parse(metadata.text)).toMatchObject({
      resourceType: 'CapabilityStatement',
      implementation: { url: `https://plan.example${NORTHWIND_BASE}` },
    });
    const smart = await answer(`${NORTHWIND_BASE}/.well-known/smart-configuration`);
    expect([smart.status, JSON.parse(smart.text)]).toEqual([200, SMART_CONFIGURATION]);
  });

  it.each([
    [
      'openapi.json',
      {
        openapi: '3.1.1',
        servers: [{ url: `https://plan.example${NORTHWIND_BASE}`, description: PLAN.name }],
      },
    ],
    ['postman.json', { info: { name: `Payer Patient Access API of ${PLAN.name}` } }],
  ])('describes its API in %s to everybody, with the types that it offers', async (name, expected) => {
    const { status, headers, text } = await answer(`${NORTHWIND_BASE}/${name}`);
    expect([status, headers['access-control-allow-origin']]).toEqual([200, '*']);
    expect(JSON.parse(text)).toMatchObject(expected);
    const searched = [...text.matchAll(/"Search ([A-Z][A-Za-z]+)"/g)].map(([, type]) => type);
    expect(searched).toEqual(['Observation', 'Patient']);
    expect((await answer(`${ROOT}/nobody/${name}`)).status).toBe(404);
  });

  it.each(['metadata', 'openapi.json', 'postman.json'])(
    'sends its %s compressed to who accepts that, and as it is to others',
    async (name) => {
      const path = `${NORTHWIND_BASE}/${name}`;
      const plain = await ask(world.url, path);
      const { headers, bytes } = await ask(world.url, path, { headers: { 'accept-encoding': 'gzip' } });
      expect(headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'accept-encoding' });
      expect(gunzipSync(bytes).toString()).toBe(plain.text);
      expect(plain.headers['content-encoding']).toBeUndefined();
      expect(plain.headers).toMatchObject({ vary: 'accept-encoding' });
    },
  );

  it('names the guides of the set that the plan has chosen', async () => {
    const described = (await answer(`${ROOT}/northwind/openapi.json`)).text;
    expect(described).toContain('US Core 6.1.0');
    const { instantiates } = JSON.parse((await answer(`${ROOT}/preview/metadata`)).text) as {
      instantiates: string[];
    };
    expect(instantiates.join()).toMatch(/us-core-server\|7\.0\.0.*c4bb\|2\.2\.0/);
  });

  it('states what it offers: its types, the references among them, and where apps are authorized', async () => {
    const { rest, instantiates, kind, publisher, software } = JSON.parse(
      (await answer(`${NORTHWIND_BASE}/metadata`)).text,
    ) as {
      kind: string;
      publisher: string;
      software: object;
      instantiates: string[];
      rest: { mode: string; security: object; resource: { type: string; searchRevInclude?: string[] }[] }[];
    };
    expect([kind, rest[0]?.mode]).toEqual(['instance', 'server']);
    expect(instantiates.join()).toMatch(/us-core-server\|6\.1\.0.*c4bb/);
    const { version } = JSON.parse(await readFile('../../package.json', 'utf8')) as { version: string };
    expect({ publisher, software }).toMatchObject({ publisher: PLAN.name, software: { version } });
    expect(rest[0]?.resource.map(({ type }) => type)).toEqual(['Observation', 'Patient']);
    expect(JSON.stringify(rest)).not.toMatch(/Claim|Provenance/);
    expect(rest[0]?.security).toMatchObject({
      extension: [
        {
          url: 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris',
          extension: [
            { url: 'authorize', valueUri: SMART_CONFIGURATION.authorization_endpoint },
            { url: 'token', valueUri: SMART_CONFIGURATION.token_endpoint },
            { url: 'manage', valueUri: SMART_CONFIGURATION.management_endpoint },
            { url: 'introspect', valueUri: SMART_CONFIGURATION.introspection_endpoint },
            { url: 'revoke', valueUri: SMART_CONFIGURATION.revocation_endpoint },
          ],
        },
      ],
      service: [{ coding: [{ code: 'SMART-on-FHIR' }] }],
    });
  });

  it.each([
    ['?mode=full', {}, 200],
    ['?mode=normative', {}, 200],
    ['?mode=&_format=', {}, 200],
    ['?mode=terminology', {}, 400],
    ['?_format=json', { accept: 'text/html' }, 200],
    ['?_format=application/fhir+json', {}, 200],
    ['?_format=xml', {}, 406],
    ['', { accept: 'application/fhir+xml' }, 406],
    ['?anything=else', { accept: 'application/fhir+json' }, 200],
  ])('answers /metadata%s with the headers %j with %i', async (query, headers, status) => {
    const { status: found, text } = await answer(`${NORTHWIND_BASE}/metadata${query}`, headers);
    const { resourceType } = JSON.parse(text) as { resourceType: string };
    expect([found, resourceType]).toEqual([
      status,
      status === 200 ? 'CapabilityStatement' : 'OperationOutcome',
    ]);
  });

  it.each([
    ['?_format=json', {}, 200],
    ['?_format=xml', {}, 406],
    ['', { accept: 'application/fhir+xml' }, 406],
  ])('answers a definition of an operation%s with the headers %j with %i', async (query, headers, status) => {
    const path = `${NORTHWIND_BASE}/OperationDefinition/Coverage-benefit-balance${query}`;
    expect(await answer(path, headers)).toMatchObject({ status });
  });

  it('SMART 1, 2: serves its discovery below its FHIR base, as JSON for every Accept header', async () => {
    const base = new URL(`https://plan.example${NORTHWIND_BASE}`);
    for (const accept of ['application/json', 'text/html', 'application/fhir+xml']) {
      const smart = await answer(`${base.pathname}/.well-known/smart-configuration`, { accept });
      expect([smart.status, smart.headers['content-type']]).toEqual([
        200,
        expect.stringMatching(/^application\/json/),
      ]);
    }
    expect((await answer('/.well-known/smart-configuration')).status).toBe(404);
  });

  it.each(['/metadata', '/.well-known/smart-configuration', '/Observation', '/Observation/1', '/'])(
    'that is unknown is answered at %s like an unknown path (case F51)',
    async (below) => {
      const unknownPath = await answer('/no/such/path');
      expect(unknownPath.status).toBe(404);
      for (const tenant of [
        'nowhere',
        'NORTHWIND',
        'north%77ind%00',
        '..',
        '__proto__',
        'a'.repeat(70),
        "'%20OR%201=1",
      ])
        expect([tenant, await answer(`${ROOT}/${tenant}${below}`)]).toEqual([tenant, unknownPath]);
      const token = newToken(world);
      expect(await answer(`${ROOT}/nowhere${below}`, { authorization: `Bearer ${token}` })).toEqual(
        unknownPath,
      );
    },
  );

  it('that is unknown is looked up once in a while, and not for every request', async () => {
    const before = world.auth.received.length;
    for (let at = 0; at < 20; at += 1) await answer(`${ROOT}/somewhere/metadata`);
    expect(world.auth.received.length - before).toBe(1);
  });

  it('is looked up once for all requests that come together, and again after a failure', async () => {
    const fresh = await startWorld();
    const { auth } = fresh;
    const well = auth.handle;
    let isAway = true;
    const lookUps = () =>
      auth.received.filter(({ url }) =>
        /^\/(?:northwind\/smart-configuration|internal\/northwind\/plan)$/.test(url),
      );
    const together = async () => {
      const asked = Array.from({ length: 20 }, () => ask(fresh.url, `${NORTHWIND_BASE}/metadata`));
      return new Set((await Promise.all(asked)).map(({ status }) => status));
    };
    try {
      auth.handle = async (request, response) => {
        await delay(ALL_COME_MS);
        return request.url.endsWith('/smart-configuration') && isAway
          ? response.writeHead(503).end()
          : well(request, response);
      };
      expect([await together(), lookUps().length]).toEqual([new Set([503]), 1]);
      isAway = false;
      expect([await together(), lookUps().length]).toEqual([new Set([200]), 3]);
    } finally {
      await fresh.stop();
    }
  });

  it('reveals neither versions nor other tenants', async () => {
    const { text, headers } = await answer(`${NORTHWIND_BASE}/metadata`);
    expect(JSON.stringify(headers)).not.toMatch(/fastify|nest|node/i);
    expect(text).not.toContain('lakeside');
  });

  it('answers HEAD where it answers GET', async () => {
    const { status, text } = await ask(world.url, `${NORTHWIND_BASE}/metadata`, { method: 'HEAD' });
    expect([status, text]).toEqual([200, '']);
  });
});
