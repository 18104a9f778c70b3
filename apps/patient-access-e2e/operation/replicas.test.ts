/**
 * Three gateways and two replicas each of auth-service and claims-service behind balancers that send every request to the
 * next one: they behave as one. The table of docs/replicas.md names each limit and cache. With `REPLICAS=4` there are four of
 * each. The further replicas of claims-service reach Postgres through PgBouncer, and so does the audit-service that they and
 * the further gateways know.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  FhirClient,
  type FormPage,
  LaunchingMember,
  register,
  type Session,
  UserAgent,
} from '@patient-access/first-call';
import type { PreviewTenant } from '@patient-access/preview';
import { canRunPooler, freePort, type Pooler, startPooler, waitUntil } from '@patient-access/testing';
import * as oidc from 'openid-client';
import { type EvenBalancer, startBalancer } from '../installation/balancer.ts';
import { type JourneyInstallation, install, remove, runToEnd } from '../installation/installation.ts';
import { type Replica, environmentIn, metricsAddress, startReplica } from '../installation/replica.ts';
import { auditEvents, memberOf, world } from '../installation/world.ts';
import { readAsMember as read, launchAt, SCOPE_AT_REPLICAS, statusesOf } from './replicas/ask.ts';
import { describeOneUse } from './replicas/one-use.ts';
import { describePlanLimits, limitPlan } from './replicas/plan-limits.ts';
import { testSuspension } from './replicas/suspension.ts';

/** Of auth-service and of claims-service. */
const REPLICAS = Number(process.env['REPLICAS'] ?? 2);
const GATEWAYS = Math.max(3, REPLICAS);
/** All of them can be divided by the gateways. */
const PUBLISHED = 36;
/** For each role: one that keeps a producer's lock, one that looks for dead ones, and some that work. */
const POOLED_CONNECTIONS = 6;
const QUOTAS = { QUOTA_GRANT: '60', QUOTA_ADDRESS: '60', QUOTA_PUBLISHED: String(PUBLISHED) };
/** A minute that is nearly over would end in the middle of a test. */
const ENOUGH_SECONDS = 20;
const LONG_MS = 120_000;

let running: JourneyInstallation;
let pooler: Pooler | undefined;
const replicas: Replica[] = [];
let inFront: EvenBalancer;
let toAuth: EvenBalancer;
let toClaims: EvenBalancer;
let northwind: PreviewTenant;
let lakeside: PreviewTenant;

const BEHIND_POOLER = ['audit-service', 'auth-service', 'claims-service'] as const;

const urlsIn = (directory: string, service: (typeof BEHIND_POOLER)[number]) =>
  Object.entries(environmentIn(directory, service)).filter(([name]) => name.endsWith('DATABASE_URL')) as [
    string,
    string,
  ][];

/** Connection URLs of a service, which lead to Postgres itself where there is no pooler. */
const pooled = (directory: string, service: (typeof BEHIND_POOLER)[number]): Record<string, string> =>
  Object.fromEntries(urlsIn(directory, service).map(([name, url]) => [name, pooler?.through(url) ?? url]));

async function startPooledTrail(directory: string): Promise<Replica> {
  const urls = BEHIND_POOLER.flatMap((service) => urlsIn(directory, service));
  if (canRunPooler())
    pooler = await startPooler(
      urls.map(([, url]) => url),
      { size: POOLED_CONNECTIONS },
    );
  return startReplica(directory, 'audit-service', pooled(directory, 'audit-service'));
}

/** The gateway of the preview keeps its own auth-service; the others have all of them behind a balancer. */
beforeAll(async () => {
  const [publicPort, authPort, claimsPort] = [await freePort(), await freePort(), await freePort()];
  const PUBLIC_URL = `http://localhost:${publicPort}`;
  running = await install({ args: ['--members', '20'], env: { PUBLIC_URL, ...QUOTAS } });
  const { directory, port } = running;
  ({ northwind, lakeside } = world(directory));
  // A gateway keeps what it knows of a plan for a minute. This one passes while the others start.
  await limitPlan(system());
  const one = (service: 'auth-service' | 'claims-service') =>
    `http://127.0.0.1:${environmentIn(directory, service)['PORT']}`;
  const trail = await startPooledTrail(directory);
  const ofClaims = { ...pooled(directory, 'claims-service'), AUDIT_URL: trail.url };
  const more = (service: 'auth-service' | 'claims-service', own = {}) =>
    Promise.all(Array.from({ length: REPLICAS - 1 }, () => startReplica(directory, service, own)));
  const [auth, claims] = await Promise.all([more('auth-service'), more('claims-service', ofClaims)]);
  replicas.push(...auth, ...claims, trail);
  toAuth = await startBalancer(authPort, [one('auth-service'), ...auth.map(({ url }) => url)]);
  toClaims = await startBalancer(claimsPort, [one('claims-service'), ...claims.map(({ url }) => url)]);
  const change = { AUTH_URL: toAuth.url, CLAIMS_URL: toClaims.url, AUDIT_URL: trail.url };
  const gateways = await Promise.all(
    Array.from({ length: GATEWAYS - 1 }, () => startReplica(directory, 'fhir-gateway', change)),
  );
  replicas.push(...gateways);
  inFront = await startBalancer(publicPort, [`http://127.0.0.1:${port}`, ...gateways.map(({ url }) => url)]);
  // A service that has just begun may take long for its first answers.
  await waitUntil(
    async () =>
      (await statusesOf(2 * GATEWAYS, () => fetch(`${northwind.fhirBase}/metadata`))).every(isGood) &&
      (await statusesOf(2 * GATEWAYS, () => fetch(`${northwind.issuer}/keys`))).every(isGood),
    { withinMs: 60_000 },
  );
  const metrics = [metricsAddress(directory, 'fhir-gateway'), ...gateways.map((gateway) => gateway.metrics)];
  await waitUntil(() => knowEachOther(metrics), { withinMs: 60_000 });
}, 300_000);
afterAll(async () => {
  await Promise.all([inFront, toAuth, toClaims].map((balancer) => balancer?.stop()));
  await Promise.all(replicas.map((replica) => replica.stop()));
  await pooler?.stop();
  await running?.stop();
  if (running) remove(running.directory);
}, 60_000);

/** Gateways that were there before another one divide their quotas by it after some seconds (ADR 104). */
async function knowEachOther(metrics: readonly string[]): Promise<boolean> {
  const shown = await Promise.all(metrics.map(async (url) => (await fetch(url)).text()));
  return shown.every((text) =>
    new RegExp(`^gateway_live_replicas(?:\\{.*\\})? ${GATEWAYS}$`, 'm').test(text),
  );
}

const admin = async (...args: string[]) => {
  const settings = environmentIn(running.directory, 'auth-service') as NodeJS.ProcessEnv;
  const { code, said } = await runToEnd('apps/auth-service/dist/admin.js', args, settings);
  if (code !== 0) throw new Error(said);
};

/** For cases in files of their own. */
const system = () => ({ gateways: GATEWAYS, replicas: REPLICAS, northwind, lakeside, admin });

const isGood = (status: number): boolean => status === 200;

const secondsIn = ({ headers }: Response, quota: string): number =>
  Number(new RegExp(`"${quota}";r=\\d+;t=(\\d+)`).exec(headers.get('ratelimit') ?? '')?.[1]);

/** Of a member who is logged in, and reads with it in several tests. */
let reading: Session;

describe('logins and tokens', () => {
  test(
    'a pushed request, its pages, the code and the refresh token go on at any replica',
    async () => {
      toAuth.sent.clear();
      const config = await register(northwind.issuer);
      const session = await new LaunchingMember(launchAt(northwind), config).launch({ pushed: true });
      const fresh = await oidc.refreshTokenGrant(config, session.refreshToken ?? '');
      reading = { ...session, accessToken: fresh.access_token };
      expect(await statusesOf(2 * GATEWAYS, () => read(northwind, reading))).toEqual(
        Array(2 * GATEWAYS).fill(200),
      );
      for (const backend of toAuth.backends) expect(toAuth.sent.get(backend) ?? 0).toBeGreaterThan(1);
    },
    LONG_MS,
  );

  test('pages of a search go on at any gateway', async () => {
    let next: string | undefined = `${northwind.fhirBase}/ExplanationOfBenefit?_count=1`;
    for (let pages = 0; pages < 4; pages += 1) {
      const answer = await fetch(next ?? '', { headers: { authorization: `Bearer ${reading.accessToken}` } });
      expect(answer.status).toBe(200);
      const { link } = (await answer.json()) as { link: { relation: string; url: string }[] };
      next = link.find(({ relation }) => relation === 'next')?.url;
    }
  });

  test(
    'five wrong passwords are five, wherever they arrive',
    async () => {
      const agent = new UserAgent();
      const { config } = reading;
      const { login } = memberOf(northwind, 'new');
      const url = oidc.buildAuthorizationUrl(config, {
        redirect_uri: (config.clientMetadata()['redirect_uris'] as string[])[0] ?? '',
        ...{
          scope: SCOPE_AT_REPLICAS,
          aud: northwind.fhirBase,
          state: oidc.randomState(),
          nonce: oidc.randomNonce(),
        },
        code_challenge: await oidc.calculatePKCECodeChallenge('v'.repeat(43)),
        code_challenge_method: 'S256',
      });
      let page: FormPage = await agent.open(url, 'never:');
      const shown: string[] = [];
      for (let at = 0; at < 6; at += 1) {
        page = await agent.submit(page, { login, password: `wrong-${at}`, action: 'login' }, 'never:');
        shown.push(/too many/i.test(page.html) ? 'too many' : 'wrong');
      }
      expect(shown).toEqual(['wrong', 'wrong', 'wrong', 'wrong', 'wrong', 'too many']);
    },
    LONG_MS,
  );
});

// Before a test uses up what an address may send.
describeOneUse(system);
testSuspension(system);

test(
  'every read is in the trail, whether a replica reaches Postgres through a pooler or not',
  async () => {
    const scope = 'launch/patient patient/ExplanationOfBenefit.rs patient/AuditEvent.rs';
    const session = await new LaunchingMember({ ...launchAt(northwind), scope }, reading.config).launch();
    const client = new FhirClient(northwind.fhirBase, session.accessToken);
    toClaims.sent.clear();
    for (let at = 0; at < 2 * GATEWAYS; at += 1)
      expect((await client.get('ExplanationOfBenefit?_count=1')).status).toBe(200);
    for (const backend of toClaims.backends) expect(toClaims.sent.get(backend) ?? 0).toBeGreaterThan(0);
    const asked = [...client.requestIds];
    await auditEvents(client, asked);
  },
  LONG_MS,
);

(canRunPooler() ? test : test.skip)('auth-service ends at its start if a pooler is in between', async () => {
  const { directory } = running;
  const settings = { ...environmentIn(directory, 'auth-service'), ...pooled(directory, 'auth-service') };
  const own = { PORT: String(await freePort()), METRICS_PORT: String(await freePort()) };
  const { code, said } = await runToEnd('apps/auth-service/dist/main.js', [], { ...settings, ...own });
  expect([code, said.trim().split('\n')]).toEqual([1, [expect.stringContaining('name Postgres itself')]]);
});

describe('quotas', () => {
  /** Of a grant whose minute has just begun; its first request is made. */
  let used: Session;

  test(
    'a grant has its requests once, each gateway says the same of it, and each replica of a data service answers',
    async () => {
      toClaims.sent.clear();
      do used = await new LaunchingMember(launchAt(northwind), reading.config).launch();
      while (secondsIn(await read(northwind, used), 'grant') < ENOUGH_SECONDS);
      const statuses = await statusesOf(59, () => read(northwind, used, 'ExplanationOfBenefit?_count=1'));
      expect(new Set(statuses)).toEqual(new Set([200]));
      const refused = await Promise.all(Array.from({ length: GATEWAYS }, () => read(northwind, used)));
      expect(refused.map(({ status }) => status)).toEqual(Array(GATEWAYS).fill(429));
      const seconds = refused.map(({ headers }) => Number(headers.get('retry-after')));
      expect(Math.max(...seconds) - Math.min(...seconds)).toBeLessThanOrEqual(1);
      for (const backend of toClaims.backends) expect(toClaims.sent.get(backend) ?? 0).toBeGreaterThan(0);
    },
    LONG_MS,
  );

  test('a revoked grant is refused at every gateway', async () => {
    await oidc.tokenRevocation(used.config, used.refreshToken ?? '');
    const isRefused = async () =>
      (await statusesOf(GATEWAYS, () => read(northwind, used))).every((status) => status === 401);
    await waitUntil(isRefused);
  });

  // In two minutes at most twice the quota is served, so one request more is refused even if a minute ends meanwhile.
  test('an address reads what is published as often as it says', async () => {
    const url = northwind.fhirBase.replace('/patient-access/', '/formulary/');
    const statuses = await statusesOf(2 * PUBLISHED + GATEWAYS, () => fetch(`${url}/InsurancePlan?_count=1`));
    expect(statuses.slice(0, PUBLISHED)).toEqual(Array(PUBLISHED).fill(200));
    expect(statuses).toContain(429);
  });

  test('an address sends wrong tokens as often as it says, and who reads there goes on', async () => {
    const good = () => read(northwind, reading);
    const wrong = () => read(northwind, { ...reading, accessToken: 'a-token-of-nobody-0123' });
    const reads = await statusesOf(GATEWAYS, good);
    const refused: number[] = [];
    while (refused.length <= 2 * 60 + GATEWAYS) {
      // A token that a gateway has not seen for five seconds has to wait with the wrong ones (ADR 104).
      refused.push(...(await statusesOf(4 * GATEWAYS, wrong)));
      reads.push(...(await statusesOf(GATEWAYS, good)));
    }
    expect(refused.slice(0, 15)).toEqual(Array(15).fill(401));
    expect(refused).toContain(429);
    expect(new Set(reads)).toEqual(new Set([200]));
  });
});

describePlanLimits(system);

describe('docs/operate.md', () => {
  test.each(['keys rotate --tenant', 'consent publish --tenant'])('npm run admin -- %s', (words) =>
    admin(...words.split(' '), 'lakeside'),
  );

  test('npm run preflight -- --settings', async () => {
    const args = ['--settings', join(running.directory, 'apps')];
    const { code, said } = await runToEnd('tools/preflight/main.ts', args, { PATH: process.env['PATH'] });
    expect([code, said]).toEqual([1, expect.stringMatching(/claims-service[\s\S]*to change/)]);
  });
});
