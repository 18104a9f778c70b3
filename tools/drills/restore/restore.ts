/**
 * Backup and restore (docs/operate.md): a backup is taken while members are served, a grant is revoked, more is disclosed,
 * databases are lost and restored, and the steps of the documents are taken. First with pg_dump, then to an instant.
 */
import type { PreviewTenant } from '@patient-access/preview';
import { waitUntil } from '@patient-access/testing';
import type { Drill } from '../drill.ts';
import { DrilledSystem } from '../drilled-system.ts';
import type { DrillOptions } from '../options.ts';
import { postgresPrograms } from '../postgres-tools.ts';
import { MemberApp } from '../member-app.ts';
import { loseAudit, whenSigned } from './audit.ts';
import { loseAuth } from './auth.ts';
import type { Backup } from './backup.ts';
import { loseBoth } from './both.ts';
import { pointInTime } from './point-in-time.ts';
import { loseRecords } from './records.ts';

const READS = 5;
const IN_TRAIL_MS = 30_000;
const SERVED_MS = 60_000;
/** Gateways are to hear of a revocation within two seconds. A busy machine may need longer. */
const REFUSED_MS = 10_000;

/** Reads all the time, until it is told to end. @returns ends it, and says how many requests were not answered with 200 */
function readOn(app: MemberApp): () => Promise<{ made: number; failed: number }> {
  const counts = { made: 0, failed: 0 };
  let goesOn = true;
  const reading = (async () => {
    while (goesOn) {
      counts.made += 1;
      if ((await app.read()) !== 200) counts.failed += 1;
    }
  })();
  return async () => {
    goesOn = false;
    await reading;
    return counts;
  };
}

async function discloseMore(app: MemberApp): Promise<void> {
  const from = app.requestIds.length;
  for (let made = 0; made < READS; made += 1) await app.read('Condition');
  const ids = app.requestIds.slice(from);
  const arrived = async () => (await app.inTrail(ids)) === ids.length;
  await waitUntil(arrived, { withinMs: IN_TRAIL_MS, failure: () => 'events are not in the trail' });
}

const dumps = (system: DrilledSystem): Backup => ({
  name: 'pg_dump',
  take: () => system.backUp(),
  prepare: () => Promise.resolve(),
  stop: () => Promise.resolve(),
});

/** An app that is told 503 tries again: after a restart of Postgres, services open their connections anew. */
function connect(plan: PreviewTenant, persona: string): Promise<MemberApp> {
  let why: unknown;
  const attempt = () =>
    MemberApp.connect(plan, persona).catch((error: unknown) => {
      why = error;
      return undefined;
    });
  return waitUntil(attempt, { withinMs: SERVED_MS, failure: () => `no app can be connected: ${why}` });
}

async function takeWhileServing(drill: Drill, backup: Backup, app: MemberApp): Promise<void> {
  const endReading = readOn(app);
  await backup.take(app);
  const { made, failed } = await endReading();
  const what = `${backup.name}: taken while ${made} requests are served, none fails`;
  drill.expect(made > 0 && failed === 0, what, `${failed} failed`);
}

interface Drilled {
  drill: Drill;
  system: DrilledSystem;
  plan: PreviewTenant;
  short: boolean;
}

/**
 * Databases are lost, and with them what the backup does not have. Then the steps of the documents are taken.
 *
 * @returns the app whose grant was revoked after the backup
 */
async function restoreFrom(backup: Backup, { drill, system, plan, short }: Drilled): Promise<MemberApp> {
  const kept = await connect(plan, 'ordinary');
  const revoked = await connect(plan, 'many');
  await revoked.read();
  await takeWhileServing(drill, backup, kept);
  await revoked.revoke();
  const isRefused = async () => (await revoked.read()) === 401;
  const refused = await waitUntil(isRefused, { withinMs: REFUSED_MS }).catch(() => false);
  drill.expect(refused, 'a member revokes a grant after the backup');
  await discloseMore(kept);
  await waitUntil(() => system.isDelivered('auth'), { withinMs: IN_TRAIL_MS });
  drill.say('more was disclosed, and the trail has all of it');
  if (!short) await whenSigned(system);
  await backup.prepare();
  await loseAuth(drill, system, revoked, kept);
  if (!short) await loseAudit(drill, system);
  await kept.refresh();
  await discloseMore(kept);
  drill.expect(true, 'members are served, and what they do is in the trail again');
  drill.expect(!(await revoked.refresh()), 'what was revoked stays revoked');
  return revoked;
}

/** Whose record was filed by mistake. */
async function withdrawnFrom(plan: PreviewTenant) {
  const persona = 'many';
  const member = plan.members.find(({ login }) => login.endsWith(`.${persona}`))?.patientId ?? '';
  return { tenant: plan.id, member, app: await connect(plan, persona) };
}

async function run(drill: Drill, system: DrilledSystem, short: boolean): Promise<void> {
  const [plan] = system.description.tenants;
  if (!plan) throw new Error('no plan');
  const drilled = { drill, system, plan, short };
  await restoreFrom(dumps(system), drilled);
  await loseRecords(drill, system, await withdrawnFrom(plan));
  const backup = await pointInTime(system);
  drill.say('Postgres archives its log');
  try {
    const revoked = await restoreFrom(backup, drilled);
    await loseBoth(drill, system, revoked, () => connect(plan, 'ordinary'));
  } finally {
    await backup.stop();
  }
}

/** @throws Error of the part that could not be started */
export async function restoreDrill(drill: Drill, { short }: DrillOptions): Promise<void> {
  const system = await DrilledSystem.start(postgresPrograms());
  drill.say('everything runs');
  try {
    await run(drill, system, short);
  } finally {
    await system.stop();
  }
}
