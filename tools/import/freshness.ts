/** `npm run import:freshness -- --tenant <id>`: how fresh the data of a plan is, and in which rhythm it is expected. */
import { definitions, type Owner } from '@patient-access/fhir';
import { expectFeed } from '@patient-access/fhir-store/ingest';
import { actingUser } from '@patient-access/platform/acting-user';
import { parseCommandLine } from '@patient-access/platform/command-usage';
import { openStores } from './config.ts';
import { feedsOf } from './freshness/feeds-of.ts';
import { freshnessTable } from './freshness/table.ts';
import { demandPlan } from './known-plan.ts';
import { importedTenant, isImported, PUBLISHED, TENANT } from './options.ts';
import type { Stores } from './store/input.ts';

const USAGE = `npm run -s import:freshness -- --tenant <id> [--directory | --formulary] [--expect <type>=<rhythm>…] [--json]

For each type that was imported: when the files were written, the newest record in them, the last load with its rejected
records and findings, and whether a load is late or less than half as large as usual.

  --directory, --formulary           of what the plan publishes
  --expect ExplanationOfBenefit=1d   a load with records is expected that often: m, h, d or w (may be repeated)
  --expect ExplanationOfBenefit=none none is expected any more

Exit code: 0, 4 when a load is late or small, 1 failure.`;

const EXIT_STALE = 4;
const SECONDS = { m: 60, h: 3_600, d: 86_400, w: 604_800 } as const;
const RHYTHM = /^([1-9]\d{0,3})([mhdw])$/;

interface Expectation {
  type: string;
  everySeconds: number | undefined;
}

function expectationOf(text: string): Expectation {
  const [type = '', rhythm = '', ...more] = text.split('=');
  const [, count, unit] = RHYTHM.exec(rhythm) ?? [];
  if (!isImported(type) || more.length > 0 || (rhythm !== 'none' && count === undefined))
    throw new Error(`--expect <type>=<rhythm>, for example ExplanationOfBenefit=1d: ${text}`);
  if (rhythm === 'none') return { type, everySeconds: undefined };
  return { type, everySeconds: Number(count) * SECONDS[unit as keyof typeof SECONDS] };
}

function optionsOf() {
  const { values } = parseCommandLine({
    options: {
      tenant: { type: 'string' },
      expect: { type: 'string', multiple: true, default: [] },
      json: { type: 'boolean', default: false },
      ...PUBLISHED,
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const { tenant, expect, json, help } = values;
  if (help) return undefined;
  if (tenant === undefined || !TENANT.test(tenant)) throw new Error('--tenant <id>');
  return { tenant: importedTenant(tenant, values), json, expectations: expect.map(expectationOf) };
}

async function expectAll(stores: Stores, tenant: string, expectations: Expectation[]): Promise<void> {
  for (const expectation of expectations) {
    const owner = definitions.get(expectation.type)?.owner as Owner;
    const pool = stores.get(owner);
    if (pool) await expectFeed(pool, tenant, expectation, { owner, by: actingUser() });
  }
}

async function main(): Promise<void> {
  const options = optionsOf();
  if (!options) return console.log(USAGE);
  await using stores = await openStores(options.tenant);
  await demandPlan(stores.values(), options.tenant);
  await expectAll(stores, options.tenant, options.expectations);
  const feeds = await feedsOf(stores, options.tenant, new Date());
  console.log(options.json ? JSON.stringify(feeds, null, 2) : freshnessTable(feeds));
  if (feeds.some(({ late, small }) => late || small)) process.exitCode = EXIT_STALE;
}

await main().catch((error: Error) => {
  console.error(`import:freshness: ${error.message}`);
  process.exitCode = 1;
});
