/** `npm run reindex -- --tenant <id>`: makes the search values of a tenant's resources again. */
import { parseArgs } from 'node:util';
import { reindex } from '@patient-access/fhir-store';
import { openStores } from './config.ts';

const USAGE = 'usage: npm run reindex -- --tenant <id> [--owner <service> --after <member>/<type>/<id>]';

function optionsOf(args: readonly string[]) {
  const { values } = parseArgs({
    args: [...args],
    options: { tenant: { type: 'string' }, owner: { type: 'string' }, after: { type: 'string' } },
  });
  const { tenant, owner, after } = values;
  if (tenant === undefined || (after !== undefined && owner === undefined)) throw new Error(USAGE);
  if (after === undefined) return { tenant, owner };
  const [member = '', type, id, ...more] = after.split('/');
  if (!type || !id || more.length > 0) throw new Error(USAGE);
  return { tenant, owner, after: { member, type, id } };
}

async function main(): Promise<void> {
  const { tenant, owner, after } = optionsOf(process.argv.slice(2));
  const stores = await openStores(tenant);
  try {
    for (const [service, pool] of stores) {
      if (owner !== undefined && owner !== service) continue;
      for await (const { done, position } of reindex(pool, tenant, after)) {
        const { member, type, id } = position;
        console.log(`${service}: ${done}; to go on: --owner ${service} --after ${member}/${type}/${id}`);
      }
    }
  } finally {
    await Promise.all([...stores.values()].map((pool) => pool.end()));
  }
}

await main().catch((error: Error) => {
  console.error(`reindex: ${error.message}`);
  process.exitCode = 1;
});
