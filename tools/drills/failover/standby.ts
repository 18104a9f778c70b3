/** A standby by streaming replication, as operators make one beside a primary that serves. */
import { join } from 'node:path';
import { type Postgres, startPostgres, waitUntil } from '@patient-access/testing';
import type { DrilledSystem } from '../drilled-system.ts';
import { giveToPostgres } from '../postgres-tools.ts';
import { query } from '../query.ts';

const STREAMS_MS = 30_000;

export class Standby {
  private readonly system: DrilledSystem;
  private readonly postgres: Postgres;

  private constructor(system: DrilledSystem, postgres: Postgres) {
    this.system = system;
    this.postgres = postgres;
  }

  /** Resolves when it streams what the primary writes. @throws Error of the tool, or of the server that does not start */
  static async of(system: DrilledSystem): Promise<Standby> {
    await system.runFromPage('pg_basebackup --dbname="$PRIMARY_URL" --pgdata=standby');
    const directory = join(system.directory, 'standby');
    giveToPostgres(system, directory);
    const postgres = await startPostgres({ dir: directory, detached: true, programs: system.programs });
    await replicates(system.adminUrl('postgres'), `state = 'streaming'`);
    return new Standby(system, postgres);
  }

  get port(): number {
    return this.postgres.port;
  }

  /** From now on a commit is answered when the standby has it as well. Set at the primary alone: a backup would copy it. */
  async makeSynchronous(): Promise<void> {
    await this.system.runFromPage('psql "$PRIMARY_URL" -c "ALTER SYSTEM SET synchronous_standby_names');
    await replicates(this.system.adminUrl('postgres'), `sync_state = 'sync'`);
  }

  /** From now on it lags: nothing of what the primary writes reaches it. */
  async cutOff(): Promise<void> {
    await query(this.postgres.adminUrl, `ALTER SYSTEM SET primary_conninfo = ''`);
    await query(this.postgres.adminUrl, 'SELECT pg_reload_conf()');
    const primary = this.system.adminUrl('postgres');
    await waitUntil(async () => (await query(primary, 'SELECT FROM pg_stat_replication')) === 0, {
      withinMs: STREAMS_MS,
      failure: () => 'the standby streams on',
    });
  }

  /** It takes writes from now on. */
  async promote(): Promise<void> {
    await this.system.runFromPage('psql "$STANDBY_URL" -c "SELECT pg_promote()"', {}, this.postgres.adminUrl);
  }

  stop = (): Promise<void> => this.postgres.stop();
}

async function replicates(primary: string, condition: string): Promise<void> {
  await waitUntil(
    async () => (await query(primary, `SELECT FROM pg_stat_replication WHERE ${condition}`)) > 0,
    {
      withinMs: STREAMS_MS,
      failure: () => `no standby has ${condition}`,
    },
  );
}
