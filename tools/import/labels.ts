/**
 * `npm run import:labels -- --tenant <id> <codes.json>`: sets a plan's list of sensitive codes, and labels its
 * resources.
 */
import { applySensitiveCodes, setSensitiveCodes } from '@patient-access/fhir-store/ingest';
import { parseCommandLine } from '@patient-access/platform/command-usage';
import { openStores } from './config.ts';
import { demandPlan } from './known-plan.ts';
import { openOrSay } from './open-left.ts';
import { TENANT } from './options.ts';
import { parseCodes } from './codes.ts';
import { readNamed } from './read/named.ts';
import { sourceOfAll } from './source.ts';
import { saidWithoutCategory, withoutCategory } from './store/without-category.ts';

const USAGE = `npm run import:labels -- --tenant <id> <codes.json>

Sets the codes whose resources are labelled as sensitive (docs/import.md), for what is imported from now on, and labels
what is stored already. The same again changes nothing, and completes what was interrupted. [] takes the list away.`;

function optionsOf(): { tenant: string; file: string } | undefined {
  const { values, positionals } = parseCommandLine({
    allowPositionals: true,
    options: { tenant: { type: 'string' }, help: { type: 'boolean', short: 'h', default: false } },
  });
  if (values.help) return undefined;
  const [file, ...more] = positionals;
  if (values.tenant === undefined || !TENANT.test(values.tenant)) throw new Error('--tenant <id>');
  if (file === undefined || more.length > 0) throw new Error('one file with codes; try --help');
  return { tenant: values.tenant, file };
}

async function main(): Promise<void> {
  const options = optionsOf();
  if (!options) return console.log(USAGE);
  const codes = parseCodes(String(readNamed(options.file)));
  await using stores = await openStores(options.tenant);
  await demandPlan(stores.values(), options.tenant);
  const all = [...stores.values()];
  await setSensitiveCodes(all, options.tenant, codes, sourceOfAll(stores));
  for (const [owner, own] of stores) {
    let last = { seen: 0, changed: 0 };
    for await (const done of applySensitiveCodes({ own, all }, options.tenant, codes)) {
      last = done;
      if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${owner}: ${last.seen} looked at`);
    }
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
    console.log(`${owner}: ${last.seen} looked at, ${last.changed} with other labels`);
  }
  await openOrSay(stores, options.tenant);
  for (const label of await withoutCategory(stores, options.tenant)) console.log(saidWithoutCategory(label));
}

await main().catch((error: Error) => {
  console.error(`import:labels: ${error.message}`);
  process.exitCode = 1;
});
