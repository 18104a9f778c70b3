/** How many requests in a minute are allowed: what an app is told of it, and who is refused (ADR 104). */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, ask, waitUntil } from '@patient-access/testing';
import { holdRefusal, MOST_HELD } from '../../src/quotas/hold-refusal.ts';
import { asApp, newToken, NORTHWIND_BASE, PLAN, startWorld, type World } from '../world.ts';

const QUOTAS = { QUOTA_GRANT: '6', QUOTA_APP: '10', QUOTA_ADDRESS: '4' };
/** A minute that is nearly over would end in the middle of a test. */
const ENOUGH_SECONDS = 15;

/** So many refusals in a minute leave at once, and these are more. */
const AT_ONCE = 100;
const MORE = 20;

/** Takes one request more than two minutes allow, so that one is refused even if a new minute begins meanwhile. */
const moreThan = (limit: number) => 2 * limit + 1;

let world: World;
beforeAll(async () => {
  world = await startWorld({ ...QUOTAS, DENIAL_REPORT_SECONDS: '0.2', TRUSTED_PROXIES: '127.0.0.1' });
});
afterAll(() => world?.stop());

const read = (token: string, at = world) => asApp(at, token, 'Observation/1');

const timesOf = ({ headers }: Answer): number[] =>
  [...String(headers['ratelimit']).matchAll(/;t=(\d+)/g)].map(([, t]) => Number(t));

let callers = 0;
/** An app whose minutes have just begun, and the answer to its first request. */
async function newCaller() {
  for (;;) {
    const grant_id = `grant-${(callers += 1)}`;
    const client_id = `app-of-${grant_id}`;
    const token = newToken(world, { grant_id, client_id });
    const first = await read(token);
    if (Math.min(...timesOf(first)) > ENOUGH_SECONDS) return { token, client_id, first };
  }
}

let strangers = 0;
const askAsStranger = (address: string): Promise<Answer> =>
  ask(world.url, `${NORTHWIND_BASE}/Observation/1`, {
    headers: {
      authorization: `Bearer no-token-of-ours-${(strangers += 1)}`,
      'x-forwarded-for': address,
    },
  });

/** An address that has used up a minute of which enough is left: what comes from there is refused before anybody is asked. */
async function addressWithoutMore(): Promise<string> {
  for (let last = 100; ; last += 1) {
    const address = `203.0.113.${last}`;
    let answer = await askAsStranger(address);
    while (answer.status !== 429) answer = await askAsStranger(address);
    if (Math.min(...timesOf(answer)) > ENOUGH_SECONDS) return address;
  }
}

async function readTimes(times: number, token: string, at = world): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (let count = 0; count < times; count += 1) answers.push(await read(token, at));
  return answers;
}

const statuses = (answers: readonly Answer[]): number[] => answers.map(({ status }) => status);
const leftIn = ({ headers }: Answer): string[] =>
  String(headers['ratelimit'])
    .split(', ')
    .map((item) => item.replace(/;t=\d+$/, ''));

describe('a quota', () => {
  it('is said in each answer, as draft-ietf-httpapi-ratelimit-headers-10 does', async () => {
    const { token, first } = await newCaller();
    expect(first.headers['ratelimit-policy']).toBe('"grant";q=6;w=60, "app";q=10;w=60');
    expect(leftIn(first)).toEqual(['"grant";r=5', '"app";r=9']);
    expect(leftIn(await read(token))).toEqual(['"grant";r=4', '"app";r=8']);
  });

  it('refuses what is too much until a new minute begins, and the trail has it', async () => {
    const { token, first } = await newCaller();
    expect(statuses(await readTimes(5, token))).toEqual([200, 200, 200, 200, 200]);
    const before = world.owner.received.length;
    const refused = await read(token);
    expect(refused.status).toBe(429);
    expect(world.owner.received.length).toBe(before);
    const [seconds = 0] = timesOf(refused);
    expect(refused.headers['retry-after']).toBe(String(seconds));
    expect(seconds).toBeLessThanOrEqual(timesOf(first)[0] ?? 0);
    expect(leftIn(refused)).toEqual(['"grant";r=0']);
    expect(JSON.parse(refused.text)).toMatchObject({
      resourceType: 'OperationOutcome',
      issue: [
        { code: 'throttled', diagnostics: expect.stringContaining('6 requests a minute for one member') },
      ],
    });
    const recorded = () => world.auth.received.filter(({ url }) => url === '/internal/attempts');
    await waitUntil(() => recorded().some(({ body }) => body.includes('"throttled-grant"')));
    expect(await world.metrics()).toMatch(/^gateway_quota_refusals_total\{quota="grant"\} \d+$/m);
  });

  it('refuses a caller who goes on and on after a second at least, so that it keeps nobody from being served', async () => {
    const { token } = await newCaller();
    const times = await Promise.all(
      Array.from({ length: 6 + AT_ONCE + MORE }, async () => {
        const began = performance.now();
        expect([200, 429]).toContain((await read(token)).status);
        return performance.now() - began;
      }),
    );
    expect(times.filter((ms) => ms > 950).length).toBeGreaterThanOrEqual(MORE);
    const address = await addressWithoutMore();
    const strange = Array.from({ length: AT_ONCE + MORE }, async () => {
      const began = performance.now();
      expect((await askAsStranger(address)).status).toBe(429);
      return performance.now() - began;
    });
    expect((await Promise.all(strange)).filter((ms) => ms > 950).length).toBeGreaterThan(0);
  });

  it('holds so many refusals at a time and no more, so that a flood does not take the memory', async () => {
    const { token } = await newCaller();
    await Promise.all(Array.from({ length: 6 + AT_ONCE }, () => read(token)));
    const timeOfOne = async () => {
      const began = performance.now();
      expect((await read(token)).status).toBe(429);
      return performance.now() - began;
    };
    const others = Array.from({ length: MOST_HELD }, () => holdRefusal());
    expect(await timeOfOne()).toBeLessThan(900);
    await Promise.all(others);
    expect(await timeOfOne()).toBeGreaterThan(950);
  });

  it('that one member has used up with an app is not used up for its other members', async () => {
    const { token: busy, client_id } = await newCaller();
    await readTimes(20, busy);
    const other = newToken(world, { grant_id: 'of-another-member', client_id });
    const answers = await readTimes(5, other);
    expect(statuses(answers)).toEqual([200, 200, 200, 200, 429]);
    expect(leftIn(answers[4] as Answer)).toEqual(['"app";r=0']);
  });

  it('is divided by the gateways that live', async () => {
    const isToldOf = (count: number) =>
      waitUntil(async () => {
        world.push(`event: replicas\ndata: ${count}\n\n`);
        return (await world.metrics()).includes(`\ngateway_live_replicas ${count}\n`);
      });
    await isToldOf(3);
    const { token, first } = await newCaller();
    expect(first.headers['ratelimit-policy']).toBe('"grant";q=6;w=60, "app";q=10;w=60');
    expect(leftIn(first)).toEqual(['"grant";r=3', '"app";r=9']);
    expect(statuses(await readTimes(2, token))).toEqual([200, 429]);
    await isToldOf(1);
    expect((await read(token)).status).toBe(200);
  });

  it('may be lowered by the plan, and not raised', async () => {
    const usual = world.auth.handle;
    world.auth.handle = (request, response) =>
      request.url === '/internal/preview/plan'
        ? response.end(JSON.stringify({ ...PLAN, requestsPerMinute: { grant: 3, app: 1_000_000 } }))
        : usual(request, response);
    const token = 'token-at-the-other-plan-1';
    world.tokens.set(token, world.issuer.claims('preview', 'anna', { client_id: 'a', grant_id: 'b' }));
    const { headers } = await ask(world.url, '/payer/patient-access/v2/preview/Observation/1', {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(headers['ratelimit-policy']).toBe('"grant";q=3;w=60, "app";q=10;w=60');
    world.auth.handle = usual;
  });
});

describe('the quota of an address', () => {
  const from = (address: string, token: string) =>
    ask(world.url, `${NORTHWIND_BASE}/Observation/1`, {
      headers: { authorization: `Bearer ${token}`, 'x-forwarded-for': address },
    });

  it('is for tokens that are none, and does not stop who is reading there', async () => {
    const reader = newToken(world, { grant_id: 'behind-it', client_id: 'behind-it' });
    expect((await from('203.0.113.9', reader)).status).toBe(200);
    const answers: Answer[] = [];
    for (let at = 0; at < moreThan(4); at += 1)
      answers.push(await from('203.0.113.9', `no-token-of-ours-${at}`));
    const refused = answers.find(({ status }) => status === 429);
    expect(statuses(answers.slice(0, 4))).toContain(401);
    expect(refused?.text).toContain('came without a valid token');
    expect(leftIn(refused as Answer)).toEqual(['"address";r=0']);
    expect((await from('203.0.113.9', reader)).status).toBe(200);
    expect((await from('203.0.113.10', 'no-token-of-ours-0')).status).toBe(401);
  });
});

describe('the quota of a plan', () => {
  it('is shown only to whom it refuses', async () => {
    const small = await startWorld({ QUOTA_PLAN: '3' });
    const token = newToken(small);
    const answers = await readTimes(moreThan(3), token, small);
    expect(answers[0]?.headers['ratelimit-policy']).not.toContain('plan');
    const refused = answers.find(({ status }) => status === 429);
    expect(leftIn(refused as Answer)).toEqual(['"plan";r=0']);
    await small.stop();
  });
});
