/** The audit console through the gateway: it is used with a session instead of a token. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { TokenClaims } from '@patient-access/smart';
import { ask } from '@patient-access/testing';
import { bind, newToken, startWorld, type World } from '../world.ts';

const AUDITOR: Partial<TokenClaims> = { role: 'auditor', scope: 'user/AuditEvent.rs', fhirUser: undefined };

describe('the audit console', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
    world.tokens.set('auditor', world.issuer.claims('northwind', undefined, AUDITOR));
    world.owner.handle = (request, response) => {
      bind(request, response);
      response.setHeader('content-type', 'text/html; charset=utf-8');
      response.end('<h1>console</h1>');
    };
  });
  beforeEach(() => void (world.owner.received.length = 0));
  afterAll(() => world?.stop());

  const visit = (path: string, cookie?: string, headers: Record<string, string> = {}) =>
    ask(world.url, path, { headers: { ...(cookie && { cookie }), ...headers } });

  it('shows the page of audit-service, which the gateway requests with the introspection JWT of the session', async () => {
    const answer = await visit('/audit/northwind/member?patient=a%7Cb', 'session=auditor');
    expect([answer.status, answer.text]).toEqual([200, '<h1>console</h1>']);
    const [asked] = world.owner.received;
    expect(asked?.url).toBe('/internal/console/northwind/member?patient=a%7Cb');
    expect(asked?.headers).toMatchObject({ authorization: expect.stringMatching(/^Bearer ey/) });
    expect(asked?.headers['x-request-id']).toBe(answer.headers['x-request-id']);
    // The gateway does not send the session to audit-service.
    expect(asked?.headers).not.toHaveProperty('cookie');
    for (const start of ['/audit/northwind', '/audit/northwind/'])
      expect((await visit(start, 'session=auditor')).status).toBe(200);
    expect(world.owner.received.slice(1).map(({ url }) => url)).toEqual(
      Array(2).fill('/internal/console/northwind/overview'),
    );
    for (const start of ['/audit/northwind?zone=UTC', '/audit/northwind/?zone=UTC'])
      expect((await visit(start, 'session=auditor')).status).toBe(200);
    expect(world.owner.received.slice(3).map(({ url }) => url)).toEqual(
      Array(2).fill('/internal/console/northwind/overview?zone=UTC'),
    );
  });

  it('lets audit-service compress a file, if the browser takes that', async () => {
    const file = '/audit/northwind/events.csv';
    await visit(file, 'session=auditor', { 'accept-encoding': 'gzip, br' });
    await visit(file, 'session=auditor');
    const told = world.owner.received.map(({ headers }) => headers['accept-encoding']);
    expect(told).toEqual(['gzip, br', undefined]);
  });

  it('passes on at once what is there of a file, however little, so that no proxy takes it for dead', async () => {
    const { handle } = world.owner;
    const arrived = Promise.withResolvers<void>();
    world.owner.handle = async (request, response) => {
      bind(request, response);
      response.setHeader('content-type', 'text/csv; charset=utf-8');
      response.flushHeaders();
      response.write('when,what\r\n');
      await arrived.promise;
      response.end('End of file.\r\n');
    };
    const { status, body } = await fetch(`${world.url}/audit/northwind/disclosures.csv`, {
      headers: { cookie: 'session=auditor' },
      signal: AbortSignal.timeout(15_000),
    });
    expect(status).toBe(200);
    const pieces: string[] = [];
    for await (const piece of body?.pipeThrough(new TextDecoderStream()) ?? []) {
      pieces.push(piece);
      arrived.resolve();
    }
    expect([pieces[0], pieces.join('')]).toEqual(['when,what\r\n', 'when,what\r\nEnd of file.\r\n']);
    world.owner.handle = handle;
  }, 20_000);

  it.each([undefined, 'session=nobody', 'session=member', 'other=auditor'])(
    'sends anybody who is not an auditor to the login: %s',
    async (cookie) => {
      for (const path of ['/audit/northwind', '/audit/northwind/', '/audit/northwind/events.csv?x=1']) {
        const { status, headers } = await visit(path, cookie);
        expect([status, headers.location]).toEqual([303, '/auth/northwind/console']);
      }
      expect(world.owner.received).toEqual([]);
    },
  );

  it.each([
    'nothing',
    'Overview',
    'overview/',
    'overview/more',
    'member%2f',
    '%6fverview/x',
    '..',
    'events.csv/x',
  ])('P26: has no page %s, for nobody', async (page) => {
    for (const cookie of [undefined, 'session=auditor', 'session=member'])
      expect([cookie, (await visit(`/audit/northwind/${page}`, cookie)).status]).toEqual([cookie, 404]);
    expect(world.owner.received).toEqual([]);
  });

  it('does not open with a token, and a session does not open the FHIR API', async () => {
    const authorization = `Bearer ${newToken(world, AUDITOR)}`;
    expect((await visit('/audit/northwind/', undefined, { authorization })).status).toBe(303);
    const fhir = await visit('/payer/patient-access/v2/northwind/AuditEvent', 'session=auditor');
    expect(fhir.status).toBe(401);
    expect(world.owner.received).toEqual([]);
  });

  it('does not open with the session of another tenant', async () => {
    const { status } = await visit('/audit/lakeside/', 'session=auditor');
    expect(status).toBe(503);
    expect((await visit('/audit/North%2fwind/', 'session=auditor')).status).toBe(401);
    expect(world.owner.received).toEqual([]);
  });

  it.each(['cross-site', 'same-site'])(
    'opens at its first page for a link from another site (%s)',
    async (site) => {
      const from = { 'sec-fetch-site': site };
      for (const page of ['events.csv', '?zone=UTC']) {
        const inside = await visit(`/audit/northwind/${page}`, 'session=auditor', from);
        expect([inside.status, inside.headers.location]).toEqual([303, '/audit/northwind/']);
      }
      expect((await visit('/audit/northwind/', 'session=auditor', from)).status).toBe(200);
    },
  );

  it('allows only GET', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) {
      const { status } = await ask(world.url, '/audit/northwind/', {
        method,
        headers: { cookie: 'session=auditor' },
      });
      expect([method, [401, 404, 415].includes(status)]).toEqual([method, true]);
    }
    expect(world.owner.received).toEqual([]);
  });

  it('does not show a response about another tenant', async () => {
    const { handle } = world.owner;
    world.owner.handle = (request, response) => {
      bind(request, response);
      response.setHeader('x-response-subject', 'lakeside/');
      response.end('<h1>another plan</h1>');
    };
    const { status, text } = await visit('/audit/northwind/', 'session=auditor');
    expect([status, text.includes('another plan')]).toEqual([503, false]);
    world.owner.handle = handle;
  });
});
