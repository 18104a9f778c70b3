/** `npm run import:merges -- --tenant <id>`: which merges the files of the plan ask for. */
import { listSaidMerges } from '@patient-access/fhir-store/ingest';
import { definitions, MEMBER_TYPE, type Owner } from '@patient-access/fhir';
import { actingUser } from '@patient-access/platform/acting-user';
import { parseCommandLine } from '@patient-access/platform/command-usage';
import { openStores } from './config.ts';
import { demandPlan } from './known-plan.ts';
import { TENANT } from './options.ts';

const USAGE = `npm run -s import:merges -- --tenant <id> > merges.json

Lists the Patients that are one person as the imported files say (Patient.link of the type replaced-by or replaces) and whose
records stand apart. Nothing has moved. doubts says what speaks against it: elements of name, birth date and gender that are not
alike in both. next is the command that begins all those without a doubt.`;

async function main(): Promise<void> {
  const { values } = parseCommandLine({
    options: { tenant: { type: 'string' }, help: { type: 'boolean', short: 'h', default: false } },
  });
  if (values.help) return console.log(USAGE);
  const { tenant } = values;
  if (tenant === undefined || !TENANT.test(tenant)) throw new Error('--tenant <id>');
  await using stores = await openStores(tenant);
  await demandPlan(stores.values(), tenant);
  const owner = definitions.get(MEMBER_TYPE)?.owner as Owner;
  const pool = stores.get(owner);
  if (!pool) throw new Error('the owner of the Patients accepts no import');
  const merges = await listSaidMerges(pool, tenant, { owner, by: actingUser() });
  const next = `npm run -s admin -- identity merge-listed --tenant ${tenant} < merges.json > changes.json`;
  console.log(JSON.stringify({ merges, ...(merges.length > 0 && { next }) }, null, 2));
}

await main().catch((error: Error) => {
  console.error(`import:merges: ${error.message}`);
  process.exitCode = 1;
});
