/** For how long a gateway has not heard of revocations: an alert goes by it. */
import { afterAll, expect, it } from '@jest/globals';
import { setClockBack } from '@patient-access/testing';
import { Pool } from 'undici';
import { AuthClient } from '../../src/auth-client/auth-client.ts';
import { IntrospectionCache } from '../../src/identity/introspection-cache.ts';
import { RevocationListener } from '../../src/identity/revocation-listener.ts';
import { LiveGateways } from '../../src/quotas/live-gateways.ts';

const pool = new Pool('http://127.0.0.1:1');
afterAll(() => pool.destroy());

it('is told in seconds that have passed, also when the clock is set back', () => {
  const auth = new AuthClient(pool, 'a secret', 1);
  const cache = new IntrospectionCache(auth, 'https://plan.example');
  const listener = new RevocationListener(auth, cache, new LiveGateways());
  const mend = setClockBack(30_000);
  const seconds = listener.unheardSeconds;
  mend();
  expect(Math.floor(seconds)).toBe(30);
});
