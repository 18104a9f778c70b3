/**
 * `npm run reindex -- --tenant <id>`: makes the search values of a tenant's resources again, and the forms of those that not
 * every app sees whole, and checks them again.
 */
import type { Pool } from '@patient-access/database';
import { type Owner, planOf } from '@patient-access/fhir';
import { formAnew, noteBegun, reindex, type ReindexPosition } from '@patient-access/fhir-store/ingest';
import { parseCommandLine } from '@patient-access/platform/command-usage';
import { RECORD_SERVICES } from '@patient-access/topology';
import { openStores, packagesFolder, installationAddress } from './config.ts';
import { loadChecks } from './guides/checks.ts';
import { guidesToCheck } from './guides/chosen.ts';
import { codesOfPlan } from './guides/plan-codes.ts';
import { demandPlan } from './known-plan.ts';
import { argumentsOf, askedGuides, importedTenant, PUBLISHED, TENANT } from './options.ts';
import { sourceOfAll } from './source.ts';
import type { Stores } from './store/input.ts';

const USAGE =
  'usage: npm run reindex -- --tenant <id> [--directory | --formulary] [--guides 2023|2027|none] [--owner <service> --after <member>/<type>/<id>]';

function optionsOf(args: readonly string[]) {
  const { values } = parseCommandLine({
    args: [...args],
    options: {
      tenant: { type: 'string' },
      guides: { type: 'string' },
      owner: { type: 'string' },
      after: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
      ...PUBLISHED,
    },
  });
  if (values.help) return undefined;
  const { owner, after } = values;
  const isUnknown = owner !== undefined && !(RECORD_SERVICES as readonly string[]).includes(owner);
  if (!values.tenant || !TENANT.test(planOf(values.tenant)) || isUnknown || (after && owner === undefined))
    throw new Error(USAGE);
  const tenant = importedTenant(values.tenant, values);
  const guides = askedGuides(values.guides);
  if (after === undefined) return { tenant, owner, guides };
  const [member = '', type, id, ...more] = after.split('/');
  if (!type || !id || more.length > 0) throw new Error(USAGE);
  return { tenant, owner, guides, after: { member, type, id } };
}

interface Part {
  service: Owner;
  pool: Pool;
  /** the resource behind which it begins; absent: with the first one */
  after?: ReindexPosition;
}

/**
 * An interrupted run goes on behind a resource of one service, and then with the services that it had not begun.
 *
 * @param owner the service to begin with; without `after` it is the only one
 */
function partsOf(stores: Stores, owner: string | undefined, after: ReindexPosition | undefined): Part[] {
  const all = [...stores].map(([service, pool]): Part => ({ service, pool }));
  if (owner === undefined) return all;
  const [first, ...others] = all.slice(all.findIndex(({ service }) => service === owner));
  if (!first) return [];
  return after ? [{ ...first, after }, ...others] : [first];
}

/** What the trail says of a run that does not begin at the beginning: no id of a record. */
function partOf(owner: string | undefined, after: ReindexPosition | undefined): string[] {
  if (owner === undefined) return [];
  return after ? [`goes on in ${owner}`] : [`${owner} alone`];
}

const SHOWN_EACH = 500;

async function form(stores: Stores, tenant: string): Promise<void> {
  const all = [...stores.values()];
  const [own] = all;
  if (!own) return;
  for await (const { done, of } of formAnew({ own, all }, tenant))
    if (done === of || done % SHOWN_EACH === 0)
      console.log(`what is withheld from some apps: ${done} of ${of} members formed anew`);
}

async function main(): Promise<void> {
  const options = optionsOf(process.argv.slice(2));
  if (!options) return console.log(USAGE);
  const { tenant, owner, guides, after } = options;
  const { set, because } = await guidesToCheck(tenant, guides, installationAddress());
  const folder = packagesFolder();
  await using stores = await openStores(tenant);
  await demandPlan(stores.values(), tenant);
  const { names, profiles } = await loadChecks(tenant, set, folder, await codesOfPlan(stores, tenant));
  const isChecked = names.length > 0;
  const said = [`checked by: ${isChecked ? names.join(', ') : 'nothing'}`, ...partOf(owner, after)];
  await noteBegun([...stores.values()], tenant, sourceOfAll(stores), { action: 'reindex', said });
  for (const { service, pool, after: from } of partsOf(stores, owner, after)) {
    const steps = reindex(pool, tenant, from, isChecked ? profiles : undefined);
    for await (const { done, withFindings, position } of steps) {
      const { member, type, id } = position;
      const found = isChecked ? `, ${withFindings} with findings` : '';
      console.log(
        `${service}: ${done}${found}; to go on: --owner ${service} --after ${member}/${type}/${id}`,
      );
    }
  }
  await form(stores, tenant);
  console.log(
    isChecked
      ? `checked by ${['R4', ...names].join(', ')} (${because}); what does not fit: npm run import:report -- ${argumentsOf(tenant)}`
      : `not checked (${because}); what was found before stays`,
  );
}

await main().catch((error: Error) => {
  console.error(`reindex: ${error.message}`);
  process.exitCode = 1;
});
