/**
 * A failover to a standby that lags (docs/operate.md), with the trail on the same server: the last commits are lost, although
 * members have their answers. auth-service notices and serves no tokens (ADR 116), the operators say what ends, and the trail
 * says what it lacks.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { waitUntil } from '@patient-access/testing';
import { endAllIssued, noticedAsOlder } from '../auth-database.ts';
import type { Drill } from '../drill.ts';
import { DrilledSystem } from '../drilled-system.ts';
import { MemberApp } from '../member-app.ts';
import { postgresPrograms } from '../postgres-tools.ts';
import { failOver } from './failover.ts';
import { Standby } from './standby.ts';

const READS = 20;
const WITHIN_MS = 60_000;
/**
 * A database counts its mark every second, or every five while nothing happens, and later on a busy machine: what lags less is
 * not noticed (ADR 60).
 */
const LAGS_MS = 12_000;
/** A process that went on as a new producer asks half a minute later, and then an event has to be missing for a while. */
const NAMED_MS = 120_000;
const within = (failure: string) => ({ withinMs: WITHIN_MS, failure: () => failure });

interface Apps {
  kept: MemberApp;
  revoked: MemberApp;
}

/** @returns the requests that the standby will know nothing of */
async function useWhileItLags({ kept, revoked }: Apps): Promise<readonly string[]> {
  const from = kept.requestIds.length;
  for (let made = 0; made < READS; made += 1) await kept.read('Condition');
  const ids = kept.requestIds.slice(from);
  await waitUntil(
    async () => (await kept.inTrail(ids)) === ids.length,
    within('events are not in the trail'),
  );
  await revoked.revoke();
  await delay(LAGS_MS);
  return ids;
}

/** The trail on the same server does not know what ended either. */
async function expectNoTokens(drill: Drill, system: DrilledSystem, { kept, revoked }: Apps): Promise<void> {
  await noticedAsOlder(system);
  drill.expect(true, 'auth-service notices that moments are lost: AuthDatabaseIsOlder pages');
  drill.expect(!(await revoked.refresh()), 'a grant that was revoked in the lost moments does not work');
  drill.expect(!(await kept.refresh()) && (await kept.read()) !== 200, 'and neither does any other');
}

/** What was issued before the failover ends, because nobody knows which of it had ended. */
async function endWhatIsOlder(drill: Drill, system: DrilledSystem, { kept, revoked }: Apps): Promise<void> {
  const { code, text } = await endAllIssued(system);
  drill.expect(code === 0, 'the operators end what is older than the failover', text);
  const over = async () => !(await kept.refresh()) && (await kept.read()) === 401;
  await waitUntil(over, within('what is older than the failover has not ended'));
  drill.expect(!(await revoked.refresh()), 'its tokens are good for nothing');
}

/** @param ids of the requests that were answered in the lost moments */
async function nameWhatIsLost(
  drill: Drill,
  system: DrilledSystem,
  app: MemberApp,
  ids: readonly string[],
): Promise<void> {
  const left = await app.inTrail(ids);
  drill.expect(left === 0, `the trail has none of ${ids.length} reads that were answered`, left);
  // audit-service sees a gap once the same producer records more. A process that went on as a new one asks after the old one.
  await app.read('Condition');
  const missing = async () =>
    ((await system.metric('audit-service', 'audit_missing_events')) ?? 0) +
    ((await system.metric('clinical-service', 'outbox_lost_events')) ?? 0);
  const enough = async () => (await missing()) >= ids.length;
  await waitUntil(enough, { withinMs: NAMED_MS, failure: () => 'nobody misses what is lost' });
  const gap = (await system.metric('audit-service', 'audit_missing_events')) ?? 0;
  const alert = gap > 0 ? 'AuditEventsAreMissing' : 'AccessEventsAreLost';
  drill.expect(true, `${await missing()} events are missed: ${alert} pages`);
}

async function run(drill: Drill, system: DrilledSystem, stops: (() => Promise<void>)[]): Promise<void> {
  const [plan] = system.description.tenants;
  if (!plan) throw new Error('no plan');
  const apps = {
    kept: await MemberApp.connect(plan, 'ordinary'),
    revoked: await MemberApp.connect(plan, 'many'),
  };
  await apps.revoked.read();
  const standby = await Standby.of(system);
  stops.push(standby.stop);
  await standby.cutOff();
  drill.say('a standby has streamed, and gets nothing any more');
  const ids = await useWhileItLags(apps);
  system.processOf('postgres')?.kill('SIGKILL');
  drill.say(`${ids.length} reads are in the trail, a grant is revoked, and then the primary was killed`);
  const address = await failOver(drill, Number(new URL(system.adminUrl('postgres')).port), standby);
  stops.unshift(() => address.stop());
  await expectNoTokens(drill, system, apps);
  await endWhatIsOlder(drill, system, apps);
  const again = await MemberApp.connect(plan, 'ordinary');
  await again.read();
  const recorded = async () => (await again.inTrail(again.requestIds)) > 0;
  await waitUntil(recorded, within('what a member does is not in the trail'));
  drill.expect(true, 'a member connects the app again, and what it reads is in the trail');
  await nameWhatIsLost(drill, system, again, ids);
}

/** @throws Error of the part that could not be started */
export async function laggingFailoverDrill(drill: Drill): Promise<void> {
  const system = await DrilledSystem.start(postgresPrograms());
  drill.say('everything runs');
  const stops: (() => Promise<void>)[] = [];
  try {
    await run(drill, system, stops);
  } finally {
    await system.stop();
    for (const stop of stops) await stop();
  }
}
