/** `npm run report:prior-auth`: the metrics on prior authorization that a plan publishes each year (CMS-0057-F). */
import { resolve } from 'node:path';
import { COMMAND, createPool } from '@patient-access/database';
import { priorAuthorizationConfig } from './config.ts';
import { reportOptions } from './options.ts';
import { writeReport } from './output/write.ts';
import { classify, isCounted } from './prior-authorization/classify.ts';
import { metricsOf, servicesOf } from './prior-authorization/metrics.ts';
import { priorAuthorizationFiles } from './prior-authorization/report.ts';
import { requestsOf } from './prior-authorization/requests.ts';
import { runCommand } from './run.ts';

const USAGE = `npm run report:prior-auth -- --tenant <id> --year <yyyy> [--out <folder>]

Shares of approved and denied requests, and how long decisions took, from the prior authorizations that were received in
the year; written as CSV and as a page. Says which of the rule's metrics the data do not hold.

Where from: CLAIMS_INGEST_URL (or with _FILE), otherwise the preview's database.

Exit code: 0 written, 2 wrong usage, 1 failure.`;

const PREVIEW_FILE = resolve(import.meta.dirname, '../../.local/ingest.json');
const POOL = { ...COMMAND, max: 1, statementTimeoutMs: 30 * 60_000 };

async function main(): Promise<void> {
  const options = reportOptions(process.argv.slice(2));
  const pool = await createPool(priorAuthorizationConfig(PREVIEW_FILE).CLAIMS_INGEST_URL, POOL);
  try {
    const requests = await requestsOf(pool, options.tenant, options.year);
    const classified = requests.filter(isCounted).map(classify);
    const files = priorAuthorizationFiles(options, metricsOf(classified), servicesOf(classified));
    for (const path of await writeReport(options.out, files)) console.log(path);
    console.log(`${classified.length} prior authorizations were received in ${options.year}.`);
  } finally {
    await pool.end();
  }
}

await runCommand(USAGE, main);
