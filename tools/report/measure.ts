/** `node tools/report/measure.ts [events]`: measures the report to CMS over a trail with this number of events. */
import { transfersOf } from './cms/transfers.ts';
import { membershipsOf } from './cms/coverages.ts';
import { figures } from './cms/figures.ts';
import { agrees, reconcileTransfers } from './cms/reconcile.ts';
import { claimRead, startWorld, type World } from './test/world.ts';

const EVENTS = Number(process.argv[2] ?? 1_000_000);
const MEMBERS = Math.ceil(EVENTS / 20);
const BATCH = 500;

/** One event as audit-service stores it, over and over: other members, apps and days, and records of the same length. */
const MULTIPLY = `
  INSERT INTO trail.audit_event (tenant, lane, seq, number, stored, recorded, disclosed, id, producer, member, kind, act,
                                 outcome, reason, service, client, login, grant_id, audience, terms, hash, record)
  SELECT tenant, lane, seq + n, number + n, stored, recorded + (n % 300) * interval '1 day', disclosed,
         gen_random_uuid()::text, producer, 'member-' || n % $2, kind, act, outcome, reason, service, 'app-' || n % 3,
         login, grant_id, audience, terms, hash, record
    FROM trail.audit_event, generate_series(1, $1) AS n`;
const COUNT = `
  INSERT INTO trail.transfer SELECT DISTINCT tenant, member, client, (recorded AT TIME ZONE 'UTC')::date
    FROM trail.audit_event ON CONFLICT DO NOTHING`;

async function fill(world: World): Promise<void> {
  await world.record(claimRead('member-0', `${new Date().getUTCFullYear()}-01-02T10:00:00.000Z`));
  await world.admin.query(MULTIPLY, [EVENTS - 1, MEMBERS]);
  await world.admin.query(COUNT);
  await world.admin.query('VACUUM ANALYZE trail.audit_event, trail.transfer');
  for (let at = 0; at < MEMBERS; at += BATCH) {
    const some = Array.from({ length: Math.min(BATCH, MEMBERS - at) }, (_, index) => at + index);
    await world.store(
      ...some.map((member) => ({
        resourceType: 'Coverage',
        id: `c-${member}`,
        status: 'active',
        beneficiary: { reference: `Patient/member-${member}` },
        payor: [{ display: 'plan' }],
        class: [{ type: { coding: [{ code: 'plan' }] }, value: `P${member % 20}` }],
      })),
    );
  }
}

const world = await startWorld();
try {
  await fill(world);
  const seconds = (from: number) => ((performance.now() - from) / 1_000).toFixed(1);
  const start = performance.now();
  const year = await transfersOf(world.auditor, 'northwind', new Date().getUTCFullYear());
  console.log(
    `${EVENTS} events read and compared with the counter's ${year.live.length} rows: ${seconds(start)} s`,
  );
  const members = [...new Set(year.trail.map(({ member }) => member))];
  const found = figures(year.trail, await membershipsOf(world.owner, 'northwind', members));
  console.log(
    `with the Coverages of ${members.length} members, ${found.length} figures: ${seconds(start)} s`,
  );
  console.log(agrees(reconcileTransfers(year)) ? 'the counts agree' : 'the counts do not agree');
} finally {
  await world.stop();
}
