/**
 * The migration step of one service: `node tools/migrate/main.ts --service claims-service`, with
 * OWNER_DATABASE_URL (or OWNER_DATABASE_URL_FILE) as the URL of the owner role. It runs before the new version of the
 * service starts. The service itself never runs it.
 */
import { parseArgs } from 'node:util';
import { DatabaseUrl, loadConfig } from '@patient-access/platform/config';
import { SERVICES_WITH_DATABASE } from '@patient-access/topology';
import { z } from 'zod';
import { migrate } from './index.ts';

const SERVICE = `--service: one of ${SERVICES_WITH_DATABASE.join(', ')}`;

function fail(line: string): never {
  console.error(line);
  process.exit(2);
}

try {
  const { values } = parseArgs({
    options: { service: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help) {
    console.log(`usage: npm run migrate -- --service <name>\n  ${SERVICE}`);
    process.exit();
  }
  const service = SERVICES_WITH_DATABASE.find((name) => name === values.service);
  if (!service) fail(SERVICE);
  const config = loadConfig(z.object({ OWNER_DATABASE_URL: DatabaseUrl }), process.env);
  const say = (line: string) => console.log(`${service}: ${line}`);
  const applied = await migrate(service, config.OWNER_DATABASE_URL, say);
  console.log(`${service}: ${applied.length === 0 ? 'up to date' : `applied ${applied.join(', ')}`}`);
} catch (error) {
  fail(`migration failed: ${error instanceof Error ? error.message : String(error)}`);
}
