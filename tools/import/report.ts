/** `npm run import:report -- --tenant <id>`: reports what a plan has stored, and which of it may be wrong. */
import type { Owner } from '@patient-access/fhir';
import { DataSurvey } from '@patient-access/fhir-store/ingest';
import { parseCommandLine } from '@patient-access/platform/command-usage';
import { openStores, packagesFolder, installationAddress } from './config.ts';
import { loadChecks } from './guides/checks.ts';
import { type AskedGuides, guidesToCheck } from './guides/chosen.ts';
import { demandPlan } from './known-plan.ts';
import { askedGuides, importedTenant, PUBLISHED, TENANT } from './options.ts';
import { reportOf } from './report/report.ts';
import { textOf } from './report/text.ts';

const USAGE = `npm run import:report -- --tenant <id> [--directory | --formulary] [--guides <set>] [--json]

What is stored of a plan by type; what R4 and profiles ask and the resources have not; what an import cannot check of
these profiles (of the set of guides that the plan at PUBLIC_URL has chosen, of --guides, or of FHIR_PACKAGES_DIR); references that point at nothing stored; labels of sensitive data. Says ids, never what is in a resource.`;

function optionsOf(): { tenant: string; json: boolean; guides: AskedGuides } | undefined {
  const { values } = parseCommandLine({
    options: {
      tenant: { type: 'string' },
      json: { type: 'boolean', default: false },
      ...PUBLISHED,
      guides: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return undefined;
  if (values.tenant === undefined || !TENANT.test(values.tenant)) throw new Error('--tenant <id>');
  return {
    tenant: importedTenant(values.tenant, values),
    json: values.json,
    guides: askedGuides(values.guides),
  };
}

async function main(): Promise<void> {
  const options = optionsOf();
  if (!options) return console.log(USAGE);
  const { set } = await guidesToCheck(options.tenant, options.guides, installationAddress());
  const { names, profiles } = await loadChecks(options.tenant, set, packagesFolder());
  await using stores = await openStores(options.tenant);
  await demandPlan(stores.values(), options.tenant);
  const surveys = new Map(
    [...stores].map(([owner, pool]): [Owner, DataSurvey] => [owner, new DataSurvey(pool, options.tenant)]),
  );
  const { isTTY } = process.stderr;
  const report = await reportOf(
    options.tenant,
    surveys,
    names.length > 0 ? profiles : undefined,
    (resources) => {
      if (isTTY) process.stderr.write(`\r\x1b[K${resources.toLocaleString('en-US')} resources looked at`);
    },
  );
  if (isTTY) process.stderr.write('\r\x1b[K');
  console.log(options.json ? JSON.stringify(report, null, 2) : textOf(report));
}

await main().catch((error: Error) => {
  console.error(`import:report: ${error.message}`);
  process.exitCode = 1;
});
