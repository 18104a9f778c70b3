/** What is used once, and what is counted by shares, whichever replica is asked. */
import { hash, randomUUID } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { LaunchingMember, register } from '@patient-access/first-call';
import { exportJWK, SignJWT } from 'jose';
import * as oidc from 'openid-client';
import { askTimes, type SystemOfReplicas, launchAt, statusesOf } from './ask.ts';

/** In ten seconds, of one address. */
const INTROSPECTIONS = 500;
const LONG_MS = 120_000;

/** @returns a proof of the key for one read (RFC 9449 section 4.2) */
async function proofFor(
  url: string,
  accessToken: string,
  keys: Awaited<ReturnType<typeof oidc.randomDPoPKeyPair>>,
): Promise<string> {
  const jwk = await exportJWK(keys.publicKey);
  const ath = hash('sha256', accessToken, 'base64url');
  return new SignJWT({ htm: 'GET', htu: url, jti: randomUUID(), ath })
    .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk })
    .setIssuedAt()
    .sign(keys.privateKey);
}

/** @param system when it runs */
export function describeOneUse(system: () => SystemOfReplicas): void {
  describe('at whichever replica', () => {
    test(
      'a proof of a key is used once',
      async () => {
        const { northwind, gateways } = system();
        const config = await register(northwind.issuer);
        const keys = await oidc.randomDPoPKeyPair('ES256');
        const dpop = oidc.getDPoPHandle(config, keys);
        const { accessToken, patient } = await new LaunchingMember(launchAt(northwind), config).launch({
          dpop,
        });
        const url = `${northwind.fhirBase}/Patient/${patient}`;
        const proof = await proofFor(url, accessToken, keys);
        const headers = { authorization: `DPoP ${accessToken}`, dpop: proof };
        const statuses = await statusesOf(2 * gateways, () => fetch(url, { headers }));
        expect(statuses).toEqual([200, ...Array<number>(2 * gateways - 1).fill(401)]);
      },
      LONG_MS,
    );

    test('introspection from outside counts a share', async () => {
      const { northwind, replicas } = system();
      const body = new URLSearchParams({ token: 'a-token-of-nobody-0123' });
      const once = () => fetch(`${northwind.issuer}/introspect`, { method: 'POST', body });
      const shown = (await askTimes(2 * replicas, once)).map(({ headers }) => headers.get('ratelimit') ?? '');
      const used = shown.map(
        (text) => INTROSPECTIONS - Number(/^"introspection";r=(\d+);t=/.exec(text)?.[1]),
      );
      // One request at one replica is one less at each of them, as far as it can tell.
      expect(used.filter((count) => !(count > 0 && count % replicas === 0))).toEqual([]);
      expect(Math.max(...used)).toBeLessThanOrEqual(2 * replicas * replicas);
    });
  });
}
