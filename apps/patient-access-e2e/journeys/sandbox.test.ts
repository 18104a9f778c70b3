import { beforeEach, describe, expect, test } from '@jest/globals';
import type { FhirClient, Session } from '@patient-access/first-call';
import * as oidc from 'openid-client';
import { waitUntil } from '@patient-access/testing';
import { auditEvents, connect, world } from '../installation/world.ts';

const { northwind } = world();
const SCOPE = 'launch/patient offline_access patient/Patient.rs patient/Coverage.rs patient/AuditEvent.rs';
const SLOW_MS = 1_500;

/** Calls the sandbox as docs/developers/sandbox.md does with curl. */
async function toSandbox(session: Session, path: string, form: Record<string, string> = {}) {
  const response = await fetch(`${northwind.sandbox}/${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${session.accessToken}` },
    body: new URLSearchParams(form),
  });
  const answer = (await response.json()) as Record<string, unknown>;
  return { status: response.status, requestId: response.headers.get('x-request-id') ?? '', answer };
}

/**
 * Reads until the answer has this status, because a fault applies after a moment.
 * @throws Error when it never does
 */
const readUntil = (client: FhirClient, status: number, path = 'Patient'): Promise<Response> =>
  waitUntil(async () => {
    const response = await client.get(path);
    return response.status === status && response;
  });

describe('an app that tests itself in the sandbox', () => {
  let client: FhirClient;
  let session: Session;
  beforeEach(async () => {
    ({ client, session } = await connect(northwind, 'ordinary', SCOPE));
    expect((await client.get('Patient')).status).toBe(200);
  });
  const refresh = () => oidc.refreshTokenGrant(session.config, session.refreshToken ?? '');

  test('finds the sandbox in the discovery of the preview', async () => {
    const discovery = await fetch(`${northwind.fhirBase}/.well-known/smart-configuration`);
    expect(await discovery.json()).toHaveProperty('sandbox_endpoint', northwind.sandbox);
    expect((await fetch(`${northwind.sandbox}/explode`, { method: 'POST' })).status).toBe(404);
  });

  test('loses its token, and refreshes', async () => {
    expect((await toSandbox(session, 'expire-token')).status).toBe(200);
    await readUntil(client, 401);
    expect((await refresh()).access_token).toBeTruthy();
  });

  test('loses its grant, and cannot refresh', async () => {
    expect((await toSandbox(session, 'revoke-grant')).status).toBe(200);
    await readUntil(client, 401);
    await expect(refresh()).rejects.toMatchObject({ error: 'invalid_grant' });
  });

  test('loses a scope, and the next refresh says so', async () => {
    expect((await client.get('Coverage')).status).toBe(200);
    const { status, answer } = await toSandbox(session, 'drop-scope', { scope: 'patient/Coverage.rs' });
    expect([status, answer]).toEqual([200, { scope: SCOPE.replace(' patient/Coverage.rs', '') }]);
    await readUntil(client, 403, 'Coverage');
    expect((await client.get('Patient')).status).toBe(200);
    expect((await refresh()).scope).toBe(answer['scope']);
  });

  test('is throttled at the FHIR API and at the token endpoint until it clears the fault, and the member can read about it', async () => {
    const thrown = await toSandbox(session, 'throttle', { seconds: '120' });
    const refused = await readUntil(client, 429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(60);
    expect(await refused.json()).toMatchObject({
      resourceType: 'OperationOutcome',
      issue: [{ code: 'throttled' }],
    });
    await expect(refresh()).rejects.toMatchObject({ status: 429, error: 'temporarily_unavailable' });
    expect((await toSandbox(session, 'clear')).status).toBe(200);
    await readUntil(client, 200);
    expect((await refresh()).access_token).toBeTruthy();
    const [event] = await auditEvents(client, [thrown.requestId]);
    expect(event?.subtype.map(({ code }) => code)).toContain('sandbox-throttle');
  });

  test('is answered slowly', async () => {
    await toSandbox(session, 'slow', { milliseconds: String(SLOW_MS) });
    await waitUntil(async () => {
      const from = Date.now();
      expect((await client.get('Patient')).status).toBe(200);
      return Date.now() - from >= SLOW_MS;
    });
  });

  test('continues to read while the keys are rotated', async () => {
    const jwks = async () => {
      const response = await fetch(`${northwind.issuer}/keys`);
      return ((await response.json()) as { keys: unknown[] }).keys.length;
    };
    const before = await jwks();
    expect((await toSandbox(session, 'rotate-keys')).status).toBe(200);
    await waitUntil(async () => (await jwks()) >= before + 2);
    expect((await client.get('Patient')).status).toBe(200);
    expect((await toSandbox(session, 'rotate-keys')).status).toBe(429);
  });
});
