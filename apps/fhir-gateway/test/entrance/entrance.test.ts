import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ask } from '@patient-access/testing';
import { NORTHWIND_BASE, startWorld, type World } from '../world.ts';

const SITE = 'https://developers.plan.example';
const BROWSER = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
const ENTRANCES = ['/', '/docs', '/developers'];

describe('a browser that knows the host alone', () => {
  let world: World;
  beforeAll(async () => void (world = await startWorld({ DEVELOPERS_URL: `${SITE}/` })));
  afterAll(() => world?.stop());

  it.each(ENTRANCES)('is led from %s to the developer site', async (path) => {
    const { status, headers } = await ask(world.url, path, { headers: BROWSER });
    expect([status, headers['location']]).toEqual([302, `${SITE}/`]);
  });

  it.each(ENTRANCES)('is no program, which finds nothing at %s', async (path) => {
    const elsewhere = await ask(world.url, '/nothing-here', { headers: { accept: 'application/json' } });
    for (const accept of ['application/json', '*/*', 'application/fhir+json']) {
      const { status, text, headers } = await ask(world.url, path, { headers: { accept } });
      const id = String(headers['x-request-id']);
      expect([status, text.replaceAll(id, '')]).toEqual([
        404,
        elsewhere.text.replaceAll(String(elsewhere.headers['x-request-id']), ''),
      ]);
      expect(headers['location']).toBeUndefined();
    }
  });

  it.each([
    ['/nothing-here', 'en', 'There is no page at this address'],
    ['/docs/nothing', 'es-US', 'No hay ninguna página en esta dirección'],
  ])('reads on a page that nothing is at %s (%s)', async (path, language, says) => {
    const { status, text, headers } = await ask(world.url, path, {
      headers: { ...BROWSER, 'accept-language': language },
    });
    expect([status, headers['content-type']]).toEqual([404, 'text/html; charset=utf-8']);
    expect(text).toContain(says);
    expect(text).toContain(`<code>${headers['x-request-id']}</code>`);
    expect(text).not.toMatch(/<script|href=|nothing-here/);
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'.*frame-ancestors 'none'/);
    expect(headers['vary']).toContain('accept');
  });

  it('is told below a FHIR base what an app is told', async () => {
    const { status, text } = await ask(world.url, `${NORTHWIND_BASE}/fhir/Patient`, { headers: BROWSER });
    expect([status, JSON.parse(text)]).toEqual([
      404,
      expect.objectContaining({ resourceType: 'OperationOutcome' }),
    ]);
  });

  it('finds the site in the CapabilityStatement too', async () => {
    const { text } = await ask(world.url, `${NORTHWIND_BASE}/metadata`);
    const { rest } = JSON.parse(text) as { rest: { documentation: string }[] };
    expect(rest[0]?.documentation).toContain(`Pages for app developers: ${SITE}`);
  });

  it('cannot be sent anywhere else by the address that it asks for', async () => {
    for (const path of [
      '/?to=https://evil.example',
      '/docs?https://evil.example',
      '/developers?x=//evil.example',
    ])
      expect((await ask(world.url, path, { headers: BROWSER })).headers['location']).toBe(`${SITE}/`);
  });
});

describe('a browser at an installation without a developer site', () => {
  let world: World;
  beforeAll(async () => void (world = await startWorld()));
  afterAll(() => world?.stop());

  it('sees a page without scripts', async () => {
    const { status, text, headers } = await ask(world.url, '/', { headers: BROWSER });
    expect(status).toBe(200);
    expect(text).toContain('https://plan.example/docs/errors');
    expect(text).not.toContain('<script');
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
  });
});
