/** A plan whose trail audit-service holds, and others whose events are in the same partition and come from the same process. */
import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type RunningKafka, startKafka } from '@patient-access/kafka';
import { waitUntil } from '@patient-access/testing';
import { remove } from '../installation/installation.ts';
import type { Replica } from '../installation/replica.ts';
import { HeldTrail } from './held-trail.ts';

const [HELD, OTHER] = ['northwind', 'lakeside'] as const;
const PLANS = [HELD, OTHER];
/** A consumer that was killed keeps its partition until its session ends, and audit-service compares once a minute. */
const WITHIN_MS = 150_000;
const TEST_MS = 480_000;

describe('a plan that is held', () => {
  const dir = mkdtempSync(join(tmpdir(), 'patient-access-held-'));
  let kafka: RunningKafka;
  let trail: HeldTrail;
  beforeAll(async () => {
    mkdirSync(join(dir, 'kafka'));
    kafka = await startKafka({ dir: join(dir, 'kafka') });
    trail = await HeldTrail.begin(dir, kafka);
  }, TEST_MS);
  afterAll(async () => {
    await trail?.stop();
    await kafka?.stop();
    remove(dir);
  });

  async function hasStored(tenant: string, rounds: number): Promise<void> {
    let last = {};
    const isStored = async () => {
      const found = await trail.roundsOf(tenant);
      last = found;
      return found.stored === rounds && found.waiting === 0;
    };
    await waitUntil(isStored, { withinMs: WITHIN_MS, failure: () => `${tenant}: ${JSON.stringify(last)}` });
  }
  const shownBy = async ({ metrics }: Replica) => (await fetch(metrics)).text();
  const metric = async (of: Replica, name: string) =>
    Number(new RegExp(`^${name}(?:\\{.*\\})? (.+)$`, 'm').exec(await shownBy(of))?.[1]);

  test(
    'keeps back no event of others, and gets all of its own when it goes on, whoever is killed in between',
    async () => {
      let audit = await trail.audit();
      const sender = await trail.sender();
      await trail.record(PLANS);
      for (const plan of PLANS) await hasStored(plan, 1);
      // It signs at its end.
      await audit.stop();
      await trail.moveEnds(HELD, -1);
      // These are in the topic before anybody can know that the plan is held.
      const published = await metric(sender, 'outbox_published_total');
      await trail.record(PLANS);
      await waitUntil(async () => (await metric(sender, 'outbox_published_total')) === published + 8, {
        withinMs: WITHIN_MS,
      });

      audit = await trail.audit();
      await hasStored(OTHER, 2);
      // The answer by which it knows that these are stored said that the other plan is held.
      const sent = await metric(sender, 'outbox_published_total');
      await trail.record(PLANS);
      await hasStored(OTHER, 3);
      expect(await metric(sender, 'outbox_published_total')).toBe(sent + 4);
      expect(await trail.roundsOf(HELD)).toEqual({ stored: 1, waiting: 2 });
      const letters = await metric(audit, 'audit_dead_letters');
      expect(letters).toBeGreaterThan(0);
      expect(await metric(audit, 'audit_chain_broken')).toBe(1);

      // Another one joins, and takes the partition over.
      const second = await trail.secondAudit();
      audit.process.kill('SIGKILL');
      audit = await trail.audit();
      await trail.record(PLANS);
      await hasStored(OTHER, 4);
      await waitUntil(async () => (await metric(second, 'audit_consumer_lag_messages')) === 0, {
        withinMs: WITHIN_MS,
      });
      expect(await trail.roundsOf(HELD)).toEqual({ stored: 1, waiting: 3 });

      await trail.moveEnds(HELD, 1);
      await hasStored(HELD, 4);
      await waitUntil(async () => (await metric(audit, 'audit_dead_letters')) === 0, { withinMs: WITHIN_MS });
      await trail.record(PLANS);
      for (const plan of PLANS) await hasStored(plan, 5);
      expect(await shownBy(audit)).not.toMatch(/^audit_missing_events.* [1-9]/m);
      await trail.end();
      const { code, said } = await trail.verify();
      for (const plan of PLANS) expect(said).toMatch(new RegExp(`^ok {4}${plan}: 20 records`, 'm'));
      expect(code).toBe(0);
    },
    TEST_MS,
  );
});
