/** Administration of tenants, logins, portals and clients: `node dist/admin.js <command>`; the service role suffices. */
import { COMMAND, createPool } from '@patient-access/database';
import { commandNamed, parseCommandLine } from '@patient-access/platform/command-usage';
import { ADMIN_COMMANDS, ADMIN_OPTIONS, ADMIN_USAGE } from './commands/commands.ts';
import { loadAdminConfig } from './config.ts';
import { errorLine } from './domain/administration/error-line.ts';
import { NOTIFY_COMMAND } from './domain/changes/change-feed.ts';
import { createPrisma } from './domain/database.ts';

async function main(): Promise<void> {
  const { positionals, values } = parseCommandLine({ options: ADMIN_OPTIONS, allowPositionals: true });
  if (values.help) return console.log(ADMIN_USAGE);
  const command = commandNamed({ commands: ADMIN_COMMANDS, usage: ADMIN_USAGE }, positionals, values);
  const { DATABASE_URL: url, KEY_ENCRYPTION_KEY: masters } = loadAdminConfig();
  const pool = await createPool(url, { max: 4, ...COMMAND });
  try {
    const result = await command({ prisma: createPrisma(pool), pool, masters }, values as never);
    if (result !== undefined) console.log(JSON.stringify(result, null, 2));
  } finally {
    await pool.query(NOTIFY_COMMAND).catch(() => undefined);
    await pool.end();
  }
}

await main().catch((error: unknown) => {
  console.error(errorLine(error));
  process.exitCode = 1;
});
