/**
 * Point-in-time recovery (docs/operate.md): a base backup and the archive of the write-ahead log become a second server, which
 * stands still at an instant. What is lost is taken out of it.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Postgres, startPostgres, waitUntil } from '@patient-access/testing';
import type { DrilledSystem } from '../drilled-system.ts';
import { giveToPostgres } from '../postgres-tools.ts';
import { query, valueOf } from '../query.ts';
import type { Backup } from './backup.ts';

const WITHIN_MS = 60_000;
/** The places on the page that are others here. */
const ARCHIVE = '/archive';
const INSTANT = '2026-11-26 02:14:00+00';

/** Waits until all that was written up to now is in the archive. */
async function archived(url: string): Promise<void> {
  const segment = await valueOf(url, 'SELECT pg_walfile_name(pg_switch_wal())');
  const arrived = `SELECT FROM pg_stat_archiver WHERE last_archived_wal >= '${segment}'`;
  await waitUntil(async () => (await query(url, arrived)) > 0, {
    withinMs: WITHIN_MS,
    failure: () => `${segment} is not in the archive`,
  });
}

/** @returns another server with what the first one had at an instant */
async function recover(system: DrilledSystem, archive: string, instant: string): Promise<Postgres> {
  await system.runFromPage('cp -R base recovered');
  await system.runFromPage('printf ', { [ARCHIVE]: archive, [INSTANT]: instant });
  const dir = join(system.directory, 'recovered');
  giveToPostgres(system, dir);
  return startPostgres({ dir, detached: true, programs: system.programs });
}

/** Archives the log from now on. @returns a way to keep everything up to an instant */
export async function pointInTime(system: DrilledSystem): Promise<Backup> {
  const archive = join(system.directory, 'archive');
  const primary = system.adminUrl('postgres');
  let recovered: Postgres | undefined;
  let instant = '';
  mkdirSync(archive);
  giveToPostgres(system, archive);
  const begins = 'psql "$PRIMARY_URL" -c "ALTER SYSTEM SET archive_mode = on"';
  await system.runFromPage(begins, { [ARCHIVE]: archive });
  await system.restartPostgres();
  return {
    name: 'a base backup and the archive of the log',
    async take(app) {
      await system.runFromPage('pg_basebackup --dbname="$PRIMARY_URL" --pgdata=base');
      // The base backup does not have these tokens. The log has.
      await app.renew();
      instant = await valueOf(primary, 'SELECT clock_timestamp()::text');
    },
    async prepare() {
      await archived(primary);
      recovered = await recover(system, archive, instant);
      const { adminUrl: url } = recovered;
      const stands = async () => (await query(url, 'SELECT WHERE NOT pg_is_in_recovery()')) > 0;
      await waitUntil(stands, { withinMs: WITHIN_MS, failure: () => `it has not come to ${instant}` });
      await system.backUp(url);
    },
    stop: async () => recovered?.stop(),
  };
}
