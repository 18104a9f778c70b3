/**
 * Failover (docs/operate.md): a standby by streaming replication is made while members are served. The primary is killed,
 * the standby is promoted, and the address leads to it. No service is restarted.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { waitUntil } from '@patient-access/testing';
import { SERVICE_NAMES } from '@patient-access/topology';
import type { Drill } from '../drill.ts';
import { AUDIT_ADMIN, DrilledSystem } from '../drilled-system.ts';
import { MemberApp } from '../member-app.ts';
import type { DrillOptions } from '../options.ts';
import { postgresPrograms } from '../postgres-tools.ts';
import { Balancer } from '../replicas/balancer.ts';
import { SteadyLoad } from '../replicas/load.ts';
import { whenSigned } from '../restore/audit.ts';
import { judgeOutage, type Outage, sameAsFirst } from './outage.ts';
import { Standby } from './standby.ts';

/** So long nobody has noticed that the primary is gone. */
const UNNOTICED_MS = 5_000;
const SERVED_MS = 15_000;
const DELIVERED_MS = 60_000;

/** What the services say where the trail has a gap, or a database is older than it was. */
const ALARMS = [
  ['auth-service', 'auth_database_older'],
  ['audit-service', 'audit_missing_events'],
  ['claims-service', 'outbox_lost_events'],
  ['clinical-service', 'outbox_lost_events'],
  ['audit-service', 'audit_chain_broken'],
  ['audit-service', 'audit_dead_letters'],
] as const;

async function verify(drill: Drill, system: DrilledSystem, what: string, port?: number): Promise<void> {
  const log = join(system.directory, 'checkpoints');
  const args = ['verify', ...(existsSync(log) ? ['--checkpoints', log] : [])];
  const { code, text } = await system.command(
    AUDIT_ADMIN,
    'audit.env',
    args,
    port === undefined ? {} : { port },
  );
  drill.expect(code === 0, what, text);
}

/** @returns the balancer that the services reach the new primary by, at the address of the old one */
export async function failOver(drill: Drill, primaryPort: number, standby: Standby): Promise<Balancer> {
  await delay(UNNOTICED_MS);
  await standby.promote();
  drill.say('the standby is promoted');
  const address = await Balancer.listen(primaryPort);
  address.add(standby.port);
  drill.say('the address leads to it');
  return address;
}

async function expectNoAlarm(drill: Drill, system: DrilledSystem): Promise<void> {
  for (const [service, alarm] of ALARMS) {
    // A metric by tenant shows nothing while nothing is wrong.
    const quiet = async () => ((await system.metric(service, alarm)) ?? 0) === 0;
    const isQuiet = await waitUntil(quiet, { withinMs: DELIVERED_MS }).catch(() => false);
    drill.expect(isQuiet, `${service}: ${alarm} is not raised`);
  }
  const older = 'the database is older than what was confirmed elsewhere';
  drill.expect(
    !system.hasSaid('auth-service', older),
    'auth-service never took its database for an older one',
  );
  const ended = SERVICE_NAMES.filter((service) => {
    const { exitCode, signalCode } = system.processOf(service) ?? { exitCode: null, signalCode: null };
    return (exitCode ?? signalCode) !== null;
  });
  drill.expect(ended.length === 0, 'no service has ended', ended);
}

/** @param stops gets what has to be stopped after the services */
async function run(
  drill: Drill,
  system: DrilledSystem,
  { short }: DrillOptions,
  stops: (() => Promise<void>)[],
): Promise<void> {
  const [plan] = system.description.tenants;
  if (!plan) throw new Error('no plan');
  const revoked = await MemberApp.connect(plan, 'many');
  await revoked.read();
  const load = await SteadyLoad.start(plan, sameAsFirst());
  const primary = system.adminUrl('postgres');
  const standby = await Standby.of(system);
  stops.push(standby.stop);
  await standby.makeSynchronous();
  drill.say('a standby streams, and a commit waits for it');
  if (!short) await whenSigned(system);
  await verify(drill, system, 'the trail verifies on the standby, which takes no writes', standby.port);
  await delay(SERVED_MS);
  await revoked.revoke();
  const begins = Date.now();
  system.processOf('postgres')?.kill('SIGKILL');
  drill.say('a member has revoked a grant, and then the primary was killed');
  const address = await failOver(drill, Number(new URL(primary).port), standby);
  stops.unshift(() => address.stop());
  const outage = { begins, ends: Date.now() };
  await delay(SERVED_MS);
  if (!short) await whenSigned(system);
  await judge(drill, system, load, { outage, revoked });
}

async function judge(
  drill: Drill,
  system: DrilledSystem,
  load: SteadyLoad,
  { outage, revoked }: { outage: Outage; revoked: MemberApp },
): Promise<void> {
  const missing = await load.end();
  judgeOutage(drill, load, outage);
  drill.expect(missing === undefined, 'the trail has every read that was answered', missing);
  drill.expect((await revoked.read()) === 401, 'the access token of the revoked grant does not work');
  drill.expect(!(await revoked.refresh()), 'and neither does its refresh token');
  await expectNoAlarm(drill, system);
  await verify(drill, system, 'the trail verifies on the new primary');
}

/** @throws Error of the part that could not be started */
export async function failoverDrill(drill: Drill, options: DrillOptions): Promise<void> {
  const { pooler } = options;
  const system = await DrilledSystem.start(postgresPrograms(), { pooler });
  drill.say(pooler ? 'everything runs, the services behind PgBouncer' : 'everything runs');
  const stops: (() => Promise<void>)[] = [];
  try {
    await run(drill, system, options, stops);
  } finally {
    await system.stop();
    for (const stop of stops) await stop();
  }
}
