/** `npm run import:report -- --tenant <id>`: reports what a plan has stored, and which of it may be wrong. */
import { parseArgs } from 'node:util';
import type { Owner } from '@patient-access/fhir';
import { DataSurvey } from '@patient-access/fhir-store';
import { openStores, packagesFolder } from './config.ts';
import { TENANT } from './options.ts';
import { loadPackages } from './packages/packages.ts';
import { reportOf } from './report/report.ts';
import { textOf } from './report/text.ts';

const USAGE = `npm run import:report -- --tenant <id> [--json]

What is stored of a plan by type; what R4 and profiles ask and the resources have not; with FHIR_PACKAGES_DIR, what an
import cannot check of these profiles; references that point at nothing stored; labels of sensitive data. Says ids, never what is in a resource.`;

function tenantOf(): { tenant: string; json: boolean } | undefined {
  const { values } = parseArgs({
    options: {
      tenant: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return undefined;
  if (values.tenant === undefined || !TENANT.test(values.tenant)) throw new Error('--tenant <id>');
  return { tenant: values.tenant, json: values.json };
}

async function main(): Promise<void> {
  const options = tenantOf();
  if (!options) return console.log(USAGE);
  const folder = packagesFolder();
  const packages = folder === undefined ? undefined : await loadPackages(folder);
  const stores = await openStores(options.tenant);
  try {
    const surveys = new Map(
      [...stores].map(([owner, pool]): [Owner, DataSurvey] => [owner, new DataSurvey(pool, options.tenant)]),
    );
    const { isTTY } = process.stderr;
    const report = await reportOf(options.tenant, surveys, packages?.profiles, (resources) => {
      if (isTTY) process.stderr.write(`\r\x1b[K${resources.toLocaleString('en-US')} resources looked at`);
    });
    if (isTTY) process.stderr.write('\r\x1b[K');
    console.log(options.json ? JSON.stringify(report, null, 2) : textOf(report));
  } finally {
    await Promise.all([...stores.values()].map((pool) => pool.end()));
  }
}

await main().catch((error: Error) => {
  console.error(`import:report: ${error.message}`);
  process.exitCode = 1;
});
