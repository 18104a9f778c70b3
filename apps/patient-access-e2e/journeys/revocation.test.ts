import { describe, expect, test } from '@jest/globals';
import * as oidc from 'openid-client';
import { connect, world } from '../installation/world.ts';

const { northwind } = world();

/** The design allows two seconds at the 99th percentile. A notice takes milliseconds. */
const REVOKED_WITHIN_MS = 2_000;

async function millisecondsUntil(refused: () => Promise<boolean>): Promise<number> {
  const from = Date.now();
  while (!(await refused())) {
    if (Date.now() - from > 10_000) throw new Error('still allowed after 10 s');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return Date.now() - from;
}

describe('revocation', () => {
  test.each([
    ['access token', (session: { accessToken: string }) => session.accessToken],
    ['refresh token', (session: { refreshToken?: string }) => session.refreshToken ?? ''],
  ])('revoking the %s stops a token that the gateway had cached', async (_what, tokenOf) => {
    const { client, session } = await connect(northwind, 'ordinary');
    expect((await client.get('Patient')).status).toBe(200);
    await oidc.tokenRevocation(session.config, tokenOf(session));
    const ms = await millisecondsUntil(async () => (await client.get('Patient')).status === 401);
    expect(ms).toBeLessThan(REVOKED_WITHIN_MS);
  });

  test('a refreshed token works, and its member is the same', async () => {
    const { session } = await connect(northwind, 'ordinary');
    const refreshed = await oidc.refreshTokenGrant(session.config, session.refreshToken ?? '');
    expect(refreshed['patient']).toBe(session.patient);
    const response = await fetch(`${northwind.fhirBase}/Patient/${session.patient}`, {
      headers: { authorization: `Bearer ${refreshed.access_token}` },
    });
    expect(response.status).toBe(200);
  });
});
