/** `npm run report:cms`: the yearly report on the use of the Patient Access API (CMS-0057-F). */
import { COMMAND, createPool } from '@patient-access/database';
import { PlanPools } from '@patient-access/fhir-store/ingest';
import { figures } from './cms/figures.ts';
import { membershipsOf } from './cms/coverages.ts';
import { asPersons, survivorsOf } from './cms/persons.ts';
import { agrees, reconcileTransfers, sentence } from './cms/reconcile.ts';
import { cmsFiles } from './cms/report.ts';
import { transfersOf } from './cms/transfers.ts';
import { cmsConfig } from './config.ts';
import { demandRecords } from './known-plan.ts';
import { reportOptions } from './options.ts';
import { writeReport } from './output/write.ts';
import { runCommand } from './run.ts';

const USAGE = `npm run report:cms -- --tenant <id> --year <yyyy> [--out <folder>] [--own-app <client id>]…

Unique members with a transfer of data to an app that they chose, and with more than one, by contract, plan, state and
issuer: recomputed from the audit trail, compared with the live counter, written as CSV and as a page.

  --own-app <client id>   an app of the plan's own, which no member designated; may be given several times

Where from: AUDITOR_DATABASE_URL, COVERAGE_INGEST_URL and COVERAGE_INGEST_DATABASES (or with _FILE), otherwise the preview's databases.

Exit code: 0 written and both counts agree, 3 written and they do not, 2 wrong usage, 1 failure.`;

const EXIT_DIFFERENCE = 3;
/** The year of a large plan is read in one statement, which takes long. */
const POOL = { ...COMMAND, max: 1, statementTimeoutMs: 30 * 60_000 };

async function main(): Promise<void> {
  const options = reportOptions(process.argv.slice(2));
  const config = cmsConfig();
  const audit = await createPool(config.AUDITOR_DATABASE_URL, POOL);
  const databases = new PlanPools(config.COVERAGE_INGEST_URL, config.COVERAGE_INGEST_DATABASES, POOL);
  const coverage = await databases.only(options.tenant);
  try {
    await demandRecords(coverage, options.tenant);
    const at = new Date();
    const year = await transfersOf(audit, options.tenant, options.year);
    const chosen = year.trail.filter(({ client }) => !options.ownApps.includes(client));
    const reported = asPersons(chosen, await survivorsOf(coverage, options.tenant));
    const members = [...new Set(reported.map(({ member }) => member))];
    const found = figures(reported, await membershipsOf(coverage, options.tenant, members));
    const reconciliation = reconcileTransfers(year);
    const files = cmsFiles({ ...options, at }, found, reconciliation);
    for (const path of await writeReport(options.out, files)) console.log(path);
    for (const app of options.ownApps.filter((id) => !year.trail.some(({ client }) => client === id)))
      console.log(
        `--own-app ${app}: no transfer of ${options.year} is to such an app. Is that its client id?`,
      );
    console.log(sentence(reconciliation));
    if (!agrees(reconciliation)) process.exitCode = EXIT_DIFFERENCE;
  } finally {
    await Promise.all([audit.end(), coverage.end()]);
  }
}

await runCommand(USAGE, main);
