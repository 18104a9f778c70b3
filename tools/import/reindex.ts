/** `npm run reindex -- --tenant <id>`: makes anew what the resources of a tenant are found by. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { createPool } from '@patient-access/database';
import { reindex } from '@patient-access/fhir-store';
import { ingestUrls } from './config.ts';

const PREVIEW_FILE = resolve(import.meta.dirname, '../../.local/ingest.json');
const POOL = { max: 1, statementTimeoutMs: 120_000 };
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
  for (const [service, url] of Object.entries(ingestUrls(PREVIEW_FILE))) {
    if (owner !== undefined && owner !== service) continue;
    const pool = await createPool(url, POOL);
    try {
      for await (const { done, position } of reindex(pool, tenant, after)) {
        const { member, type, id } = position;
        console.log(`${service}: ${done}; to go on: --owner ${service} --after ${member}/${type}/${id}`);
      }
    } finally {
      await pool.end();
    }
  }
}

await main().catch((error: Error) => {
  console.error(`reindex: ${error.message}`);
  process.exitCode = 1;
});
