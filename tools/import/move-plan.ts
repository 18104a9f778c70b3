/** `npm run import:move-plan -- --tenant <id> --owner <service> --to <database>`: moves a plan to another database, while it is read. */
import { type MoveProgress, movePlan, planIsAt } from '@patient-access/fhir-store/ingest';
import { actingUser } from '@patient-access/platform/acting-user';
import { parseCommandLine } from '@patient-access/platform/command-usage';
import { RECORD_SERVICES, type RecordService } from '@patient-access/topology';
import { databasesOf, openStores } from './config.ts';
import { demandPlan } from './known-plan.ts';
import { TENANT, tenantsOfPlan } from './options.ts';

const USAGE = `npm run -s import:move-plan -- --tenant <id> --owner <service> --to <database> [--is-there]

Moves all records of a plan that one service has, with their history and what it publishes, to another database of that
service: one that DATABASES of the service names, or default. Members read all the time. Imports and consents are refused
while it is "paused": for as long as it takes to read the plan's rows once in both databases. Stopped or killed at any
moment, the same command goes on. To end a move that is not wanted any more, name the database that has the plan.

  --is-there   moves nothing: after a restore from a backup that is older than the move, says that the database has the plan,
               and deletes what the others have of it

Where: COVERAGE_INGEST_URL, CLAIMS_INGEST_URL and CLINICAL_INGEST_URL, and COVERAGE_INGEST_DATABASES and so on, JSON
objects with a connection URL for each further database (or the same with _FILE). See docs/operate.md.`;

const SAY_MS = 2_000;

interface Options {
  tenant: string;
  owner: RecordService;
  to: string;
  isThere: boolean;
}

function optionsOf(): Options | undefined {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  const { values } = parseCommandLine({
    options: { ...{ tenant: text, owner: text, to: text }, 'is-there': flag, help: { ...flag, short: 'h' } },
  });
  if (values.help) return undefined;
  const { tenant, to } = values;
  if (tenant === undefined || !TENANT.test(tenant)) throw new Error('--tenant <id>');
  const owner = RECORD_SERVICES.find((name) => name === values.owner);
  if (!owner) throw new Error(`--owner: one of ${RECORD_SERVICES.join(', ')}`);
  if (!to) throw new Error('--to <database>');
  return { tenant, owner, to, isThere: values['is-there'] };
}

/** Says each new step at once, and how far it is from time to time. */
function teller(): (progress: MoveProgress) => void {
  let [said, at] = ['', 0];
  return (progress) => {
    if (progress.step === said && performance.now() - at < SAY_MS) return;
    [said, at] = [progress.step, performance.now()];
    console.log(JSON.stringify(progress));
  };
}

/** All that the plan has counts, also what other services have of it. */
async function demandPlanInAll(plan: string): Promise<void> {
  await using stores = await openStores(plan);
  await demandPlan(stores.values(), plan);
}

async function main(): Promise<void> {
  const options = optionsOf();
  if (!options) return console.log(USAGE);
  const { tenant: plan, owner, to, isThere } = options;
  if (!isThere) await demandPlanInAll(plan);
  const pools = databasesOf(owner);
  const tell = teller();
  try {
    const source = { owner, by: actingUser() };
    const move = { pools, plan, tenants: tenantsOfPlan(plan), source };
    for await (const progress of isThere ? planIsAt(move, to) : movePlan(move, to)) tell(progress);
  } finally {
    await pools.end();
  }
}

await main().catch((error: Error) => {
  console.error(`import:move-plan: ${error.message}`);
  process.exitCode = 1;
});
