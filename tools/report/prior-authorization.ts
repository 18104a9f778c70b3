/** `npm run report:prior-auth`: the metrics on prior authorization that a plan publishes each year (CMS-0057-F). */
import { COMMAND, type Pool } from '@patient-access/database';
import { hasPlan, PlanPools } from '@patient-access/fhir-store/ingest';
import { priorAuthorizationConfig } from './config.ts';
import { demandRecords } from './known-plan.ts';
import { type ReportOptions, reportOptions } from './options.ts';
import { writeReport } from './output/write.ts';
import { type Classified, classify, isCounted } from './prior-authorization/classify.ts';
import { overdueOf, type OverdueRequest, overdueSince } from './prior-authorization/overdue.ts';
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

Two lists, which are not for the public: each decision with the time at which it was in the API, and whether that was within
one business day; each request that waits for a decision longer than seven days, or 72 hours if it is expedited. With
--late-within, only these lists are written, and only what came late, or became overdue, in the last days counts for the exit
code. A plan of which nothing is stored yet has nothing that is late.

Exit code: 0 written, 3 written and a decision was late or is overdue, 2 wrong usage, 1 failure.`;

const EXIT_LATE = 3;
const DAY_MS = 86_400_000;
const POOL = { ...COMMAND, max: 1, statementTimeoutMs: 30 * 60_000 };

interface Tardy {
  late: readonly TimedDecision[];
  overdue: readonly OverdueRequest[];
}

/** Prints what came late, and what is overdue. @returns how many of these the caller wants to hear of */
function told({ late, overdue }: Tardy, withinDays: number | undefined): number {
  console.log(`${late.length} decisions came later than one business day.`);
  console.log(`${overdue.length} requests wait longer than the rule allows.`);
  const since = withinDays === undefined ? undefined : new Date(Date.now() - withinDays * DAY_MS);
  const heard = lateSince(late, since).length + overdueSince(overdue, since).length;
  if (since) console.log(`${heard} of both came late, or became overdue, in the last ${withinDays} days.`);
  return heard;
}

/** Of each request of the year what the files say of it, and nothing of its text. */
async function found(pool: Pool, { tenant, year }: ReportOptions) {
  const [firstLoad, now] = [await firstLoadOf(pool, tenant), new Date()];
  const [classified, decisions, overdue]: [Classified[], TimedDecision[], OverdueRequest[]] = [[], [], []];
  for await (const requests of requestsOf(pool, tenant, year)) {
    const counted = requests.filter(isCounted);
    classified.push(...counted.map(classify));
    decisions.push(...timelinessOf(counted, firstLoad));
    overdue.push(...overdueOf(counted, now));
  }
  return { classified, decisions, overdue };
}

async function main(): Promise<void> {
  const options = reportOptions(process.argv.slice(2));
  const figures = planFiguresOf(options.planFigures);
  const config = priorAuthorizationConfig();
  const databases = new PlanPools(config.CLAIMS_INGEST_URL, config.CLAIMS_INGEST_DATABASES, POOL);
  const pool = await databases.only(options.tenant);
  try {
    if (options.lateWithinDays === undefined) await demandRecords(pool, options.tenant);
    else if (!(await hasPlan(pool, options.tenant)))
      return console.log(`Nothing is stored of a plan ${options.tenant} yet, so nothing is late.`);
    const { classified, decisions, overdue } = await found(pool, options);
    const files = filesOf(options, { classified, figures, decisions, overdue });
    for (const path of await writeReport(options.out, files)) console.log(path);
    console.log(`${classified.length} prior authorizations were received in ${options.year}.`);
    console.log(`${decisions.length} decisions have a time.`);
    if (told({ late: lateSince(decisions), overdue }, options.lateWithinDays) > 0)
      process.exitCode = EXIT_LATE;
  } finally {
    await pool.end();
  }
}

await runCommand(USAGE, main);
