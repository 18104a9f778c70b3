/**
 * `npm run drills [-- alerts restore failover lagging-failover restart upgrade --short]`: what operators do rarely, and must not
 * do for the first time at night.
 */
import { alertsDrill } from './alerts/alerts.ts';
import { Drill } from './drill.ts';
import { failoverDrill } from './failover/failover.ts';
import { laggingFailoverDrill } from './failover/lagging.ts';
import { type DrillOptions, drillOptions } from './options.ts';
import { restartDrill } from './restart.ts';
import { restoreDrill } from './restore/restore.ts';
import { upgradeDrill } from './upgrade/upgrade.ts';

const DRILLS: Readonly<Record<string, (drill: Drill, options: DrillOptions) => Promise<void>>> = {
  alerts: alertsDrill,
  restore: restoreDrill,
  failover: failoverDrill,
  'lagging-failover': laggingFailoverDrill,
  restart: restartDrill,
  upgrade: upgradeDrill,
};

async function main(drill: Drill): Promise<void> {
  const options = drillOptions();
  const { named } = options;
  const unknown = named.filter((name) => !(name in DRILLS));
  if (unknown.length > 0)
    throw new Error(`no such drill: ${unknown.join(', ')}; there are ${Object.keys(DRILLS).join(', ')}`);
  for (const [name, run] of Object.entries(DRILLS))
    if (named.length === 0 || named.includes(name)) await run(drill, options);
}

const drill = new Drill();
try {
  await main(drill);
} catch (error) {
  drill.counts.failed += 1;
  console.error(error);
}
console.log(`${drill.counts.passed} passed, ${drill.counts.failed} failed`);
process.exit(drill.counts.failed === 0 ? 0 : 1);
