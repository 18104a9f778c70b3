/** The scorecard of a plan: sums that are made once, from a real trail. */
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createPool, type Pool } from '@patient-access/database';
import type { AccessEvent } from '@patient-access/events';
import { QUESTION_SIGNATURE_HEADER, type Scorecard, scorecardStatement } from '@patient-access/internal-api';
import { type Answer, ask } from '@patient-access/testing';
import { availabilityOf } from '../../src/scorecard/availability.ts';
import { sumUp } from '../../src/scorecard/sum-up.ts';
import { storeUnseen } from '../store-unseen.ts';
import { accessEvent, asLines, signerOf, startWorld, type World } from '../world.ts';

const DAY_MS = 86_400_000;
const NONE = {
  resource: undefined,
  request: undefined,
  type: undefined,
  counts: undefined,
  bodyHash: undefined,
};
/** Noon of yesterday, and so many seconds later. */
const at = (seconds: number): string => {
  const noon = `${new Date(Date.now() - DAY_MS).toISOString().slice(0, 10)}T12:00:00.000Z`;
  return new Date(Date.parse(noon) + seconds * 1000).toISOString();
};
const event = (client: string, change: Partial<AccessEvent>): AccessEvent => {
  const made = accessEvent({
    requestId: randomUUID(),
    recorded: at(0),
    client: { id: client, name: 'App' },
    ...change,
  });
  return JSON.parse(JSON.stringify(made)) as AccessEvent;
};
const AUTH = { ...NONE, service: 'auth-service' };

describe('the scorecard', () => {
  let world: World;
  let pool: Pool;
  beforeAll(async () => {
    world = await startWorld();
    pool = await createPool(world.urls.ingest, { max: 2 });
  }, 60_000);
  afterAll(async () => {
    await pool?.end();
    await world?.stop();
  });

  /** What is stored now, is older than the margin then. */
  const addUp = () => sumUp(pool, new Date(Date.now() + 60_000));

  function question(tenant: string, service = 'auth-service', days = 30): Promise<Answer> {
    const query = { days, asked: new Date().toISOString() };
    const signer = signerOf(service);
    const signature = signer.sign(scorecardStatement(tenant, query));
    const url = `/internal/scorecard/${tenant}?days=${days}&asked=${query.asked}`;
    return ask(world.url, url, { headers: { [QUESTION_SIGNATURE_HEADER]: `${signer.kid} ${signature}` } });
  }
  async function scorecard(tenant = 'northwind'): Promise<Scorecard> {
    const { status, text } = await question(tenant);
    expect(status).toBe(200);
    return JSON.parse(text) as Scorecard;
  }

  const consent = (grantId: string, seconds: number) =>
    event('app-a', { ...AUTH, kind: 'consent', action: 'grant', grantId, recorded: at(seconds) });
  const token = (grantId: string, action: string) =>
    event('app-a', { ...AUTH, kind: 'token', action, grantId });
  const data = (grantId: string, seconds: number) => event('app-a', { grantId, recorded: at(seconds) });
  const EVENTS = [
    event('app-a', {
      ...AUTH,
      kind: 'authorization',
      action: 'refuse',
      outcome: '8',
      reason: 'invalid-redirect-uri',
    }),
    event('app-a', {
      ...AUTH,
      kind: 'login',
      action: 'login',
      outcome: '4',
      reason: 'wrong-password',
      grantId: undefined,
    }),
    event('app-a', { ...AUTH, kind: 'consent', action: 'deny', grantId: undefined }),
    consent('g1', 0),
    consent('g2', 0),
    consent('g3', 0),
    token('g1', 'issue'),
    token('g2', 'issue'),
    token('g1', 'refresh'),
    event('app-a', {
      ...AUTH,
      kind: 'attempt',
      action: 'refuse',
      outcome: '4',
      reason: 'refresh-token-already-used',
    }),
    data('g1', 2),
    data('g1', 400),
    data('g2', 8),
    event('app-b', { ...NONE, outcome: '4', reason: 'scope-insufficient', request: 'GET Claim/7' }),
    event('app-b', { ...NONE, outcome: '12', reason: 'transient', request: 'GET Claim/7' }),
    // The member's own pages without a session: a visit that begins, and a form that was refused.
    ...['login-required', 'form-refused'].map((reason) =>
      event('app-a', {
        ...{ ...AUTH, client: undefined, member: undefined, user: undefined, grantId: undefined },
        ...{ kind: 'denied-attempts', action: 'deny', outcome: '4', count: 7, reason },
      }),
    ),
    event('backend', {
      ...AUTH,
      kind: 'token',
      action: 'issue',
      grantId: undefined,
      member: undefined,
      user: undefined,
    }),
  ];

  it('says how authorizations, refreshes, first data and requests went, and which errors each app met', async () => {
    await world.deliver(asLines(...EVENTS));
    expect((await scorecard()).countedUntil).toBeNull();
    await addUp();
    const { authorizations, refreshes, firstData, requests, apps, countedUntil } = await scorecard();
    expect(authorizations).toEqual({
      ended: 5,
      succeeded: 2,
      share: 0.4,
      stopped: { atRequest: 1, atConsent: 1, afterConsent: 1 },
      failedLogins: [{ reason: 'wrong-password', count: 1 }],
    });
    expect(refreshes).toEqual({ succeeded: 1, refused: 1, share: 0.5 });
    expect(firstData).toEqual({ agreed: 3, reached: 2, medianSeconds: 2, ninetyPercentSeconds: 8 });
    // Of the pages without a session, the seven forms.
    expect(requests).toEqual({ answered: 3, refused: 9, failed: 1, shareNotFailed: 0.9231 });
    expect(apps.map(({ client }) => client)).toEqual(['app-a', 'app-b']);
    expect(apps[1]?.errors).toEqual([
      { reason: 'scope-insufficient', count: 1 },
      { reason: 'transient', count: 1 },
    ]);
    const yesterday = at(0).slice(0, 10);
    expect(apps[0]?.lastReads).toContainEqual({ type: 'ExplanationOfBenefit', day: yesterday });
    expect(apps[1]?.lastReads).toEqual([]);
    expect(Date.parse(countedUntil ?? '')).toBeGreaterThan(Date.now() - 60_000);
    expect(JSON.stringify(apps)).not.toMatch(/anna|maria|g1/);
  });

  it('counts each event once: when it comes again, on two replicas, and after a restore with a replay', async () => {
    const before = await scorecard();
    await world.deliver(asLines(...EVENTS));
    await Promise.all([addUp(), addUp()]);
    expect(await scorecard()).toEqual(before);
    // A backup from before: the trail, the sums and the place that they got to are of one moment.
    await world.empty();
    await world.deliver(asLines(...EVENTS));
    await Promise.all([addUp(), addUp()]);
    const { countedUntil: _until, ...again } = await scorecard();
    const { countedUntil: _before, ...first } = before;
    expect(again).toEqual(first);
  });

  it('adds up what came late on its own day, and forgets what nobody can ask for', async () => {
    const day = new Date(Date.now() - 3 * DAY_MS).toISOString();
    const old = new Date(Date.now() - 500 * DAY_MS).toISOString();
    const answered = (await scorecard()).requests.answered;
    await world.deliver(asLines(event('app-a', { recorded: day }), event('app-a', { recorded: old })));
    await addUp();
    expect((await scorecard()).requests.answered).toBe(answered + 1);
    const days = await world.admin.query<{ oldest: Date }>('SELECT min(day) AS oldest FROM trail.daily_sum');
    expect(days.rows[0]?.oldest.getTime()).toBeGreaterThan(Date.now() - 400 * DAY_MS);
  });

  it('leaves what may be on its way for later by the clock of the database, whatever the process thinks', async () => {
    await addUp();
    await world.deliver(asLines(event('app-a', {})));
    const ahead = jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 600_000);
    const summed = await sumUp(pool).finally(() => ahead.mockRestore());
    expect([summed, await addUp()]).toEqual([0, 1]);
  });

  it('lists the plan’s own pages and links to a card among the requests, and not among the apps', async () => {
    const { requests, apps } = await scorecard();
    await world.deliver(asLines(...['member-pages', 'card-link'].map((client) => event(client, {}))));
    await addUp();
    const after = await scorecard();
    expect(after.requests.answered).toBe(requests.answered + 2);
    expect(after.apps).toEqual(apps);
  });

  it('counts the readings of what is published, good ones and those that failed', async () => {
    const { requests: before } = await scorecard();
    const ofEverybody = {
      ...{ ...NONE, client: undefined, member: undefined, user: undefined, grantId: undefined },
      ...{ service: 'clinical-service/edge', request: 'provider-directory search-type Practitioner' },
    };
    const failed = { kind: 'denied-attempts', action: 'deny', outcome: '12', reason: 'transient' } as const;
    await world.deliver(
      asLines(
        event('', { ...ofEverybody, kind: 'published-reads', action: 'read', count: 99 }),
        event('', { ...ofEverybody, ...failed, count: 3 }),
        // None of our services writes these without their number.
        event('', { ...ofEverybody, kind: 'published-reads', action: 'read' }),
        event('', { ...ofEverybody, ...failed }),
      ),
    );
    await addUp();
    const { requests } = await scorecard();
    expect(requests).toMatchObject({ answered: before.answered + 100, failed: before.failed + 4 });
  });

  it('does not read the trail: what is asked is in the sums', async () => {
    await world.admin.query(
      'BEGIN; SET LOCAL session_replication_role = replica; TRUNCATE trail.audit_event; COMMIT',
    );
    expect((await scorecard()).requests.answered).toBeGreaterThan(0);
  });

  it('is told to auth-service alone, of one plan', async () => {
    expect((await question('northwind', 'claims-service')).status).toBe(401);
    expect((await question('northwind', 'auth-service', 93)).status).toBe(400);
    expect((await scorecard('lakeside')).apps).toEqual([]);
  });

  it('of a plan stands still alone when its events cannot be added up', async () => {
    const plans = Array.from({ length: 8 }, (_, at) => `plan-${at}`);
    for (const tenant of plans) await world.deliver(asLines(event('app-a', { tenant })));
    const name = randomBytes(5_000).toString('hex');
    await storeUnseen(
      pool,
      event('app-a', { tenant: 'poisoned', service: 'claims-service', counts: { [name]: 0 } }),
    );
    await expect(addUp()).rejects.toThrow('not added up: poisoned');
    for (const tenant of plans) expect((await scorecard(tenant)).requests.answered).toBe(1);
  });
});

describe('availability', () => {
  it('comes from Prometheus, and is null where that knows of no request', async () => {
    const known: Record<string, string | undefined> = {};
    const prometheus = createServer((request, response) => {
      const query = new URL(request.url ?? '', 'http://prometheus').searchParams.get('query') ?? '';
      // One job asks all services for their metrics (k8s/components/monitoring): none has the name of the gateway.
      const value = query.includes('avg_over_time')
        ? query.includes('job')
          ? '0'
          : known['up']
        : query.includes('error')
          ? known['good']
          : known['all'];
      const result = value === undefined ? [] : [{ metric: {}, value: [1_795_000_000, value] }];
      response.end(JSON.stringify({ status: 'success', data: { resultType: 'vector', result } }));
    });
    await once(prometheus.listen(0, '127.0.0.1'), 'listening');
    const base = `http://127.0.0.1:${(prometheus.address() as AddressInfo).port}`;
    try {
      expect(await availabilityOf(base, 7)).toEqual({
        of: 'installation',
        shareNotFailed: null,
        gatewayUp: null,
      });
      Object.assign(known, { all: '1000', good: '995', up: '0.98' });
      expect(await availabilityOf(base, 7)).toEqual({
        of: 'installation',
        shareNotFailed: 0.995,
        gatewayUp: 0.98,
      });
    } finally {
      prometheus.close();
    }
  });
});
