/**
 * The migration step of one service: `node tools/migrate/main.ts --service claims-service`, with
 * OWNER_DATABASE_URL (or OWNER_DATABASE_URL_FILE) naming the database as its owner role. Run before the service's
 * new version is started; never by the service itself.
 */
import { parseArgs } from 'node:util';
import { loadConfig } from '@patient-access/platform';
import { z } from 'zod';
import { type DatabaseOwner, migrate, MIGRATIONS } from './index.ts';

function fail(line: string): never {
  console.error(line);
  process.exit(2);
}

function isOwner(service: string | undefined): service is DatabaseOwner {
  return service !== undefined && Object.hasOwn(MIGRATIONS, service);
}

try {
  const { values } = parseArgs({ options: { service: { type: 'string' } } });
  if (!isOwner(values.service)) fail(`--service: one of ${Object.keys(MIGRATIONS).join(', ')}`);
  const config = loadConfig(z.object({ OWNER_DATABASE_URL: z.string() }), process.env);
  const applied = await migrate(values.service, config.OWNER_DATABASE_URL);
  console.log(`${values.service}: ${applied.length === 0 ? 'up to date' : `applied ${applied.join(', ')}`}`);
} catch (error) {
  fail(`migration failed: ${error instanceof Error ? error.message : String(error)}`);
}
