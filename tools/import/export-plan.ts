/** `npm run import:export-plan -- --tenant <id> --out <folder>`: all records of a plan, as files that it takes along. */
import { exportPlan, noteExported } from '@patient-access/fhir-store/ingest';
import { actingUser } from '@patient-access/platform/acting-user';
import { parseCommandLine } from '@patient-access/platform/command-usage';
import { openStores } from './config.ts';
import { ExportFiles } from './export-files.ts';
import { demandPlan } from './known-plan.ts';
import { TENANT, tenantsOfPlan } from './options.ts';

const USAGE = `npm run -s import:export-plan -- --tenant <id> --out <folder>

Writes all records of a plan into a new folder: <Type>.ndjson, and history/<Type>.ndjson with their former versions, also
what no app is shown. What the plan published for everybody is in a folder of its own. manifest.json is written last and names each file with its records and its SHA-256. A folder
without it is not whole. npm run import reads the files of the records.`;

function optionsOf(): { tenant: string; out: string } | undefined {
  const text = { type: 'string' } as const;
  const { values } = parseCommandLine({
    options: { tenant: text, out: text, help: { type: 'boolean', short: 'h', default: false } },
  });
  if (values.help) return undefined;
  const { tenant, out } = values;
  if (tenant === undefined || !TENANT.test(tenant)) throw new Error('--tenant <id>');
  if (!out) throw new Error('--out <folder>, which does not exist yet');
  return { tenant, out };
}

async function main(): Promise<void> {
  const options = optionsOf();
  if (!options) return console.log(USAGE);
  const { tenant, out } = options;
  await using stores = await openStores(tenant);
  await demandPlan(stores.values(), tenant);
  await using files = new ExportFiles(out);
  const begun = new Date().toISOString();
  for (const [owner, pool] of stores) {
    const source = { owner, by: actingUser() };
    for (const whose of tenantsOfPlan(tenant)) {
      const counts: Record<string, number> = {};
      for await (const records of exportPlan(pool, whose, source)) {
        await files.add(records, whose === tenant ? undefined : whose);
        for (const { type } of records.rows) counts[type] = (counts[type] ?? 0) + 1;
      }
      await noteExported(pool, whose, source, counts);
    }
  }
  const manifest = await files.end({ tenant, begun, ended: new Date().toISOString() });
  console.log(JSON.stringify(manifest, null, 2));
}

await main().catch((error: Error) => {
  console.error(`import:export-plan: ${error.message}`);
  process.exitCode = 1;
});
