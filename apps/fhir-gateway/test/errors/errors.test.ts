import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ERROR_ENTRIES } from '@patient-access/fhir';
import { ask } from '@patient-access/testing';
import { asApp, FORMULARY_BASE, NORTHWIND_BASE, newToken, startWorld, type World } from '../world.ts';

interface Outcome {
  issue: { code: string; diagnostics: string; details: { coding: { system: string; code: string }[] } }[];
}

/** What Java's HttpURLConnection accepts if nobody says anything else. */
const JAVA_ACCEPTS = 'text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2';

describe('an error of the public host', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => world?.stop());

  const codeOf = (text: string) => (JSON.parse(text) as Outcome).issue[0]?.details.coding[0]?.code;

  it.each([
    ['token-missing', 401, () => ask(world.url, `${NORTHWIND_BASE}/Observation`)],
    ['token-invalid', 401, () => asApp(world, 'a-token-that-nobody-knows', 'Observation')],
    ['request-invalid', 400, () => asApp(world, newToken(world), 'Observation?access_token=x')],
    ['not-found', 404, () => ask(world.url, '/nowhere')],
    [
      'url-too-long',
      414,
      () => ask(world.url, NORTHWIND_BASE.replace('northwind', 'x'.repeat(300)) + '/metadata'),
    ],
    [
      'body-too-large',
      413,
      () =>
        asApp(world, newToken(world), 'Observation/_search', { method: 'POST', body: 'x'.repeat(70_000) }),
    ],
  ] as const)('has the code %s and links to its documentation', async (code, status, request) => {
    const answer = await request();
    expect([answer.status, codeOf(answer.text)]).toEqual([status, code]);
    const link = /https:\/\/plan\.example(\/docs\/errors)#([a-z-]+)$/.exec(
      (JSON.parse(answer.text) as Outcome).issue[0]?.diagnostics ?? '',
    );
    expect(link?.[2]).toBe(code);
    const page = await ask(world.url, link?.[1] ?? '');
    expect([page.status, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    expect(page.text).toContain(`id="${code}"`);
    expect(page.text).toMatch(/<meta name="viewport".*<main>.*<\/main>/s);
  });

  it.each([
    ['/auth/northwind/apps', 'en-US,en;q=0.9', 'This page cannot be shown'],
    ['/auth/northwind/oauth2/v1/authorize?x=1', 'es-MX,es;q=0.9,en;q=0.8', 'Esta página no se puede mostrar'],
  ])('at %s is shown as a page to a person', async (path, language, title) => {
    const { handle } = world.auth;
    world.auth.handle = (_request, response) => response.destroy();
    const headers = { accept: 'text/html,application/xhtml+xml;q=0.9', 'accept-language': language };
    const answer = await ask(world.url, path, { headers });
    world.auth.handle = handle;
    expect([answer.status, answer.headers['content-type'], answer.headers['retry-after']]).toEqual([
      503,
      'text/html; charset=utf-8',
      '2',
    ]);
    expect(answer.headers['content-security-policy']).toMatch(/^default-src 'none'.*frame-ancestors 'none'/);
    expect(answer.text).toContain(`<h1>${title}</h1>`);
    expect(answer.text).toContain(`<code>${answer.headers['x-request-id']}</code>`);
  });

  it('of the FHIR API stays an OperationOutcome for every client', async () => {
    const answer = await ask(world.url, `${NORTHWIND_BASE}/Observation`, {
      headers: { accept: 'text/html' },
    });
    expect([answer.status, codeOf(answer.text)]).toEqual([401, 'token-missing']);
  });

  it.each(['provider-directory', 'formulary'])('stays one where a plan publishes no %s', async (name) => {
    const base = FORMULARY_BASE.replace('formulary', name).replace('northwind', 'nowhere');
    for (const path of ['metadata', 'InsurancePlan']) {
      const headers = { accept: JAVA_ACCEPTS };
      const { status, text } = await ask(world.url, `${base}/${path}`, { headers });
      expect([path, status, codeOf(text)]).toEqual([path, 404, 'not-found']);
    }
  });

  it.each([
    ['too long a body', 413, { 'content-type': 'application/x-www-form-urlencoded' }, 'x'.repeat(70_000)],
    ['no media type', 415, { 'content-type': 'nonsense' }, 'token=x'],
  ])('below an issuer has the form of OAuth: %s', async (_what, status, headers, body) => {
    for (const endpoint of ['token', 'introspect', 'authorize']) {
      const url = `/auth/northwind/oauth2/v1/${endpoint}?x=/payer/`;
      const accept = endpoint === 'authorize' ? 'application/json' : JAVA_ACCEPTS;
      const answer = await ask(world.url, url, { method: 'POST', headers: { ...headers, accept }, body });
      expect([answer.status, answer.headers['content-type'], answer.headers['cache-control']]).toEqual([
        status,
        'application/json; charset=utf-8',
        'no-store',
      ]);
      const { error, error_description, ...rest } = JSON.parse(answer.text) as Record<string, string>;
      expect([error, rest]).toEqual([
        'invalid_request',
        {
          request_id: answer.headers['x-request-id'],
          error_uri: expect.stringMatching(/^https:\/\/plan\.example\/docs\/errors#[a-z-]+$/),
        },
      ]);
      expect(error_description).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/);
    }
  });

  it('has Retry-After while auth-service does not answer, in the form of OAuth below an issuer and in the form of FHIR elsewhere', async () => {
    const { handle } = world.auth;
    world.auth.handle = (_request, response) => response.destroy();
    try {
      const { status, headers, text } = await ask(world.url, '/auth/northwind/oauth2/v1/token', {
        method: 'POST',
        headers: { accept: JAVA_ACCEPTS },
      });
      expect([status, headers['retry-after']]).toEqual([503, '2']);
      expect(JSON.parse(text)).toEqual({
        error: 'temporarily_unavailable',
        error_description: expect.any(String),
        error_uri: 'https://plan.example/docs/errors#unavailable',
        request_id: headers['x-request-id'],
      });
      expect(codeOf((await asApp(world, newToken(world), 'Observation/1')).text)).toBe('unavailable');
    } finally {
      world.auth.handle = handle;
    }
  });

  it.each([
    'northwind/oauth2/v1/.well-known/openid-configuration',
    'northwind/oauth2/v1/keys',
    'northwind/card-link/x',
    'northwind/sandbox/slow',
    'northwind/brands',
    'brands',
    'northwind/calls?only=refused',
    'northwind/unread',
  ])('is JSON for a program of Java that asks for %s while auth-service does not answer', async (path) => {
    const { handle } = world.auth;
    world.auth.handle = (_request, response) => response.destroy();
    try {
      const headers = { accept: JAVA_ACCEPTS };
      const answer = await ask(world.url, `/auth/${path}`, { headers });
      expect([answer.status, answer.headers['content-type']]).toEqual([
        503,
        expect.stringMatching(/^application\/(?:fhir\+)?json; charset=utf-8$/),
      ]);
    } finally {
      world.auth.handle = handle;
    }
  });

  it('is documented on a page without scripts', async () => {
    const { text, headers } = await ask(world.url, '/docs/errors');
    for (const { code } of [...ERROR_ENTRIES.fhir, ...ERROR_ENTRIES.oauth])
      expect(text).toContain(`<dt id="${code}">`);
    expect(text).not.toContain('<script');
    expect(headers['content-security-policy']).toContain("default-src 'none'");
  });
});
