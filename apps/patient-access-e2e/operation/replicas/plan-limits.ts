/** The quotas of an app and of a plan, and registrations, at all replicas together. */
import { setTimeout as delay } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { LaunchingMember, register, type Session } from '@patient-access/first-call';
import { waitUntil } from '@patient-access/testing';
import { askTimes, readAsMember, type SystemOfReplicas, launchAt, setOf } from './ask.ts';

/** Both can be divided by three and by four gateways. */
const OF_APP = 36;
const OF_PLAN = 72;
/** As many apps use up the plan's minute and the next one. */
const APPS = 6;
/** Looking must not use up the minute of a grant. */
const LOOK_MS = 5_000;
const HOUR_SECONDS = 3_600;
/** Counts of an hour that is nearly over would end in the middle of a test. */
const ENOUGH_SECONDS = 60;
const LONG_MS = 240_000;

const isServed = ({ status }: Response): boolean => status === 200;
const isRefusedBy = (quota: string) => (answer: Response) =>
  answer.status === 429 && (answer.headers.get('ratelimit') ?? '').startsWith(`"${quota}";r=0;`);

/** @returns the status, or the limit that refused */
const whoRefused = ({ status, headers }: Response) =>
  status === 429 ? /^"([\w-]+)";r=0;/.exec(headers.get('ratelimit') ?? '')?.[1] : status;

/** @param system when it runs @returns a session of an app of its own */
async function newApp({
  lakeside,
}: SystemOfReplicas): Promise<{ member: LaunchingMember; session: Session }> {
  const member = new LaunchingMember(launchAt(lakeside), await register(lakeside.issuer));
  return { member, session: await member.launch() };
}

/** Gives the plan its quotas, which its gateways know within a minute. */
export async function limitPlan(system: Pick<SystemOfReplicas, 'admin'>): Promise<void> {
  await setOf(system, 'lakeside')('requestsPerMinute.plan', OF_PLAN);
  await setOf(system, 'lakeside')('requestsPerMinute.app', OF_APP);
}

/** @param system when it runs */
export function describePlanLimits(system: () => SystemOfReplicas): void {
  test(
    'a setting holds at each replica, and plan and address have as many registrations an hour as it says',
    async () => {
      const { lakeside, admin } = system();
      const set = setOf({ admin }, 'lakeside');
      const app = { redirect_uris: ['https://app.example/cb'], token_endpoint_auth_method: 'none' };
      const headers = { 'content-type': 'application/json' };
      const request = { method: 'POST', body: JSON.stringify(app), headers };
      const ask = async (times: number) =>
        (await askTimes(times, () => fetch(`${lakeside.issuer}/register`, request))).map(whoRefused);
      await set('registration.perTenantPerHour', 3);
      const secondsLeft = HOUR_SECONDS - ((Date.now() / 1_000) % HOUR_SECONDS);
      if (secondsLeft < ENOUGH_SECONDS) await delay(secondsLeft * 1_000);
      const ofPlan = 'registration-of-plan';
      expect(await ask(6)).toEqual([201, 201, 201, ofPlan, ofPlan, ofPlan]);
      await set('registration.perTenantPerHour', 1_000);
      await set('registration.perAddressPerHour', 5);
      const ofAddress = 'registration';
      expect(await ask(5)).toEqual([201, 201, ofAddress, ofAddress, ofAddress]);
      await set('registration.perAddressPerHour', 1_000);
    },
    LONG_MS,
  );

  describe('what a plan allows', () => {
    beforeAll(async () => {
      const { lakeside, gateways } = system();
      const { session } = await newApp(system());
      // The plan's quota comes with that of an app.
      const says = ({ headers }: Response) => headers.get('ratelimit-policy')?.includes(`"app";q=${OF_APP};`);
      const isKnown = async () =>
        (await askTimes(gateways, () => readAsMember(lakeside, session))).every(says) ||
        void (await delay(LOOK_MS));
      await waitUntil(isKnown, { withinMs: 90_000 });
    }, LONG_MS);

    test(
      'an app has its requests once, for all its members',
      async () => {
        const { lakeside, gateways } = system();
        const { member, session } = await newApp(system());
        const sessions = [session, await member.launch()];
        let turn = 0;
        const once = () => readAsMember(lakeside, sessions[(turn += 1) % sessions.length] ?? session);
        // In two minutes at most twice as many are served, so one is refused even if a minute ends meanwhile.
        const answers = await askTimes(2 * OF_APP + gateways, once);
        expect(answers.filter(isServed).length).toBeLessThanOrEqual(2 * OF_APP);
        expect(answers.filter(isRefusedBy('app')).length).toBeGreaterThan(0);
      },
      LONG_MS,
    );

    test(
      'all its apps together have its requests once',
      async () => {
        const { lakeside } = system();
        const answers: Response[] = [];
        for (let apps = 0; apps < APPS; apps += 1) {
          const { session } = await newApp(system());
          answers.push(...(await askTimes(OF_APP, () => readAsMember(lakeside, session))));
        }
        // Each app's requests are its first, so the plan alone refuses. Again, a minute may end meanwhile.
        expect(answers.filter(isServed).length).toBeLessThanOrEqual(2 * OF_PLAN);
        expect(answers.filter(isRefusedBy('plan')).length).toBeGreaterThan(0);
      },
      LONG_MS,
    );
  });
}
