/** `npm run import:displays -- --tenant <id> …`: sets the displays that a plan supplies, and adds them to stored data. */
import { systemInTables } from '@patient-access/fhir';
import {
  countDisplays,
  fillWords,
  noteBegun,
  type PlanDisplay,
  setPlanDisplays,
} from '@patient-access/fhir-store/ingest';
import { parseCommandLine } from '@patient-access/platform/command-usage';
import { importedWords, openStores } from './config.ts';
import { FORMATS, type FormatName, readDisplays, decodedText } from './displays/formats.ts';
import { demandPlan } from './known-plan.ts';
import { importedTenant, PUBLISHED, TENANT } from './options.ts';
import { readNamed } from './read/named.ts';
import { sourceOfAll } from './source.ts';
import type { Stores } from './store/input.ts';

const USAGE = `npm run import:displays -- --tenant <id> [--directory | --formulary] [--as <format>]
    [--remove <system>…] [--stored] [<file>…]

Sets the displays of code systems for this plan (docs/import.md). They count before those that the product ships. A file
replaces everything that the plan supplied for the code systems in it, for what is imported from now on.

  --as <format>      csv (default; the columns system,version,code,display), or a file as it is published:
                     ${Object.entries(FORMATS)
                       .slice(1)
                       .map(([name, { files }]) => `${name} (${files.join(' ')})`)
                       .join(', ')}
  --remove <system>  takes away what the plan supplied for a code system (may be repeated)
  --directory        of the provider directory that the plan publishes, which has displays of its own
  --formulary        the same of its formulary
  --stored           adds displays and narratives to what is stored already and has none: each resource that
                     changes becomes a new version`;

interface Options {
  tenant: string;
  stored: boolean;
  systems: string[];
  displays: PlanDisplay[];
}

const isFormat = (name: string): name is FormatName => Object.hasOwn(FORMATS, name);

/** @returns undefined for `--help` @throws Error with one line */
function optionsOf(): Options | undefined {
  const { values, positionals } = parseCommandLine({
    allowPositionals: true,
    options: {
      tenant: { type: 'string' },
      as: { type: 'string', default: 'csv' },
      remove: { type: 'string', multiple: true, default: [] },
      stored: { type: 'boolean', default: false },
      ...PUBLISHED,
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return undefined;
  const { tenant, as, remove, stored } = values;
  if (tenant === undefined || !TENANT.test(tenant)) throw new Error('--tenant <id>');
  if (!isFormat(as)) throw new Error(`--as: one of ${Object.keys(FORMATS).join(', ')}`);
  if (positionals.length === 0 && remove.length === 0 && !stored)
    throw new Error('a file, --remove or --stored; try --help');
  const texts = positionals.map((file) => decodedText(as, readNamed(file)));
  const displays = texts.length > 0 ? readDisplays(as, texts) : [];
  const systems = [...new Set([...remove.map(systemInTables), ...displays.map(({ system }) => system)])];
  return { tenant: importedTenant(tenant, values), stored, systems, displays };
}

async function fill(stores: Stores, tenant: string): Promise<void> {
  const words = importedWords();
  const all = [...stores.values()];
  for (const [owner, own] of stores) {
    let last = { seen: 0, changed: 0 };
    for await (last of fillWords({ own, all }, tenant, words))
      if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${owner}: ${last.seen} looked at`);
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
    console.log(`${owner}: ${last.seen} looked at, ${last.changed} with new words`);
  }
}

async function main(): Promise<void> {
  const options = optionsOf();
  if (!options) return console.log(USAGE);
  const { tenant, systems, displays, stored } = options;
  await using stores = await openStores(tenant);
  await demandPlan(stores.values(), tenant);
  const all = [...stores.values()];
  const source = sourceOfAll(stores);
  if (systems.length > 0) await setPlanDisplays(all, tenant, { systems, displays }, source);
  for (const line of countDisplays(systems, displays)) console.log(line);
  if (!stored) return;
  await noteBegun(all, tenant, source, { action: 'add-words' });
  await fill(stores, tenant);
}

await main().catch((error: Error) => {
  console.error(`import:displays: ${error.message}`);
  process.exitCode = 1;
});
