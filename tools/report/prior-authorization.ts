/** `npm run report:prior-auth`: the metrics on prior authorization that a plan publishes each year (CMS-0057-F). */
import { resolve } from 'node:path';
import { COMMAND } from '@patient-access/database';
import { PlanPools } from '@patient-access/fhir-store';
import { priorAuthorizationConfig } from './config.ts';
import { reportOptions } from './options.ts';
import { writeReport } from './output/write.ts';
import { classify, isCounted } from './prior-authorization/classify.ts';
import { planFiguresOf } from './prior-authorization/plan-figures.ts';
import { filesOf } from './prior-authorization/report.ts';
import { firstLoadOf, requestsOf } from './prior-authorization/requests.ts';
import { lateSince, type TimedDecision, timelinessOf } from './prior-authorization/timeliness.ts';
import { runCommand } from './run.ts';

const USAGE = `npm run report:prior-auth -- --tenant <id> --year <yyyy> [--out <folder>] [--plan-figures <file>]
    [--late-within <days>]

Shares of approved and denied requests, and how long decisions took, from the prior authorizations that were received in
the year; written as CSV and as a page. Says which of the rule's metrics the data do not hold; the
plan supplies them as JSON (docs/reporting.md).

Where from: CLAIMS_INGEST_URL and CLAIMS_INGEST_DATABASES (or with _FILE), otherwise the preview's database.

A list of its own, which is not for the public, has each decision with the time at which it was in the API, and whether
that was within one business day. With --late-within, only this list is written, and only a decision that came late in the
last days counts for the exit code.

Exit code: 0 written, 3 written and a decision was late, 2 wrong usage, 1 failure.`;

const PREVIEW_FILE = resolve(import.meta.dirname, '../../.local/ingest.json');
const EXIT_LATE = 3;
const DAY_MS = 86_400_000;
const POOL = { ...COMMAND, max: 1, statementTimeoutMs: 30 * 60_000 };

/** @returns how many late decisions the caller wants to hear of */
function lateTold(late: readonly TimedDecision[], withinDays: number | undefined): number {
  if (withinDays === undefined) return late.length;
  const told = lateSince(late, new Date(Date.now() - withinDays * DAY_MS)).length;
  console.log(`${told} of these came in the last ${withinDays} days.`);
  return told;
}

async function main(): Promise<void> {
  const options = reportOptions(process.argv.slice(2));
  const figures = planFiguresOf(options.planFigures);
  const config = priorAuthorizationConfig(PREVIEW_FILE);
  const databases = new PlanPools(config.CLAIMS_INGEST_URL, config.CLAIMS_INGEST_DATABASES, POOL);
  const pool = await databases.only(options.tenant);
  try {
    const requests = await requestsOf(pool, options.tenant, options.year);
    const counted = requests.filter(isCounted);
    const classified = counted.map(classify);
    const decisions = timelinessOf(counted, await firstLoadOf(pool, options.tenant));
    const files = filesOf(options, { classified, figures, decisions });
    for (const path of await writeReport(options.out, files)) console.log(path);
    console.log(`${classified.length} prior authorizations were received in ${options.year}.`);
    const late = lateSince(decisions);
    console.log(
      `${decisions.length} decisions have a time: ${late.length} of them came later than one business day.`,
    );
    if (lateTold(late, options.lateWithinDays) > 0) process.exitCode = EXIT_LATE;
  } finally {
    await pool.end();
  }
}

await runCommand(USAGE, main);
