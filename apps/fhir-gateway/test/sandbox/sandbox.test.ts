import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { TokenClaims } from '@patient-access/smart';
import { type Answer, ask, waitUntil } from '@patient-access/testing';
import { introspections, startWorld, type World } from '../world.ts';

const SLOW_MS = 400;
const HOUR_SECONDS = 3_600;

type Treatment = TokenClaims['sandbox'];

describe('a fault in the sandbox', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({ DENIAL_REPORT_SECONDS: '0.3', TRUSTED_PROXIES: '127.0.0.1' });
    await waitUntil(() => world.auth.received.some(({ url }) => url === '/internal/revocations'));
  });
  afterAll(() => world?.stop());

  const later = () => Math.floor(Date.now() / 1000) + HOUR_SECONDS;
  const claimsFor = (tenant: string, sandbox: Treatment) =>
    world.issuer.claims(tenant, 'anna', { grant_id: `grant-${tenant}`, sandbox });

  let issued = 0;
  function tokenWith(sandbox: Treatment, tenant = 'preview'): string {
    const token = `opaque-token-in-the-sandbox-${(issued += 1)}`;
    world.tokens.set(token, claimsFor(tenant, sandbox));
    return token;
  }

  async function read(token: string, tenant = 'preview'): Promise<Answer & { ms: number }> {
    const from = Date.now();
    const headers = { authorization: `Bearer ${token}` };
    const answer = await ask(world.url, `/payer/patient-access/v2/${tenant}/Observation/1`, { headers });
    return { ...answer, ms: Date.now() - from };
  }
  const asked = (token: string) => introspections(world).filter(({ body }) => body.includes(token)).length;

  it('throttles with 429 and Retry-After before an owner is asked, and is counted as a refusal', async () => {
    const token = tokenWith({ retry_after: 17 });
    const before = world.owner.received.length;
    const { status, headers, text } = await read(token);
    expect([status, headers['retry-after'], headers['content-type']]).toEqual([
      ...[429, '17'],
      expect.stringMatching(/^application\/fhir\+json/),
    ]);
    expect(JSON.parse(text)).toMatchObject({
      resourceType: 'OperationOutcome',
      issue: [{ code: 'throttled', severity: 'error' }],
    });
    expect(world.owner.received.length).toBe(before);
    const reported = () => world.auth.received.filter(({ url }) => url === '/internal/attempts');
    await waitUntil(() => reported().length > 0);
    expect(JSON.parse(reported()[0]?.body ?? '')).toMatchObject([
      { tenant: 'preview', reason: 'throttled', count: 1 },
    ]);
  });

  it('is introspected for each request while auth-service counts the refusals', async () => {
    const token = tokenWith({ retry_after: 1 });
    expect([(await read(token)).status, (await read(token)).status]).toEqual([429, 429]);
    world.tokens.set(token, claimsFor('preview', undefined));
    expect([(await read(token)).status, (await read(token)).status]).toEqual([200, 200]);
    expect(asked(token)).toBe(3);
  });

  it('delays the answer until its time is over, and the introspection is kept', async () => {
    const slow = tokenWith({ slow_ms: SLOW_MS, slow_until: later() });
    const [first, second] = [await read(slow), await read(slow)];
    expect([first.status, second.status]).toEqual([200, 200]);
    expect([first.ms >= SLOW_MS, second.ms >= SLOW_MS, asked(slow)]).toEqual([true, true, 1]);
    const over = tokenWith({ slow_ms: 20_000, slow_until: Date.now() / 1000 - 1 });
    expect([(await read(over)).status, (await read(over)).ms < 10_000]).toEqual([200, true]);
  });

  it('opens nothing for a token that is revoked during the delay', async () => {
    const slow = tokenWith({ slow_ms: 2 * SLOW_MS, slow_until: later() });
    const before = world.owner.received.length;
    const reading = read(slow);
    await waitUntil(() => asked(slow) === 1);
    world.tokens.delete(slow);
    world.push(`data: ${JSON.stringify({ tenant: 'preview', grantId: 'grant-preview' })}\n\n`);
    expect((await reading).status).toBe(401);
    expect(world.owner.received.length).toBe(before);
  });

  it('applies at once, also to a token whose introspection was kept', async () => {
    const token = tokenWith(undefined);
    expect((await read(token)).status).toBe(200);
    world.tokens.set(token, claimsFor('preview', { retry_after: 5 }));
    expect((await read(token)).status).toBe(200);
    world.push(`data: ${JSON.stringify({ tenant: 'preview', grantId: 'grant-preview' })}\n\n`);
    await waitUntil(async () => (await read(token)).status === 429);
  });

  it('is ignored in an introspection JWT of a production tenant', async () => {
    const throttled = tokenWith({ retry_after: 17 }, 'northwind');
    expect((await read(throttled, 'northwind')).status).toBe(200);
    const slow = tokenWith({ slow_ms: 20_000, slow_until: later() }, 'northwind');
    const { status, ms } = await read(slow, 'northwind');
    expect([status, ms < 10_000]).toEqual([200, true]);
  });
});
