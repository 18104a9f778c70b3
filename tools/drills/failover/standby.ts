/** A standby by streaming replication, as operators make one beside a primary that serves. */
import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { adminUrl, dataDirectory, type Postgres, startPostgres, waitUntil } from '@patient-access/testing';
import type { DrilledSystem } from '../drilled-system.ts';
import { runTool } from '../postgres-tools.ts';
import { query } from '../query.ts';

const STREAMS_MS = 30_000;

export class Standby {
  private readonly postgres: Postgres;

  private constructor(postgres: Postgres) {
    this.postgres = postgres;
  }

  /** Resolves when it streams what the primary writes. @throws Error of the tool, or of the server that does not start */
  static async of(system: DrilledSystem): Promise<Standby> {
    const dataOf = (name: string) => dataDirectory(join(system.directory, name));
    const directory = dataOf('standby');
    const from = system.adminUrl('postgres');
    const slot = ['--create-slot', '--slot=standby'];
    const options = ['--checkpoint=fast', '--wal-method=stream', '--write-recovery-conf', ...slot];
    await runTool(system.programs, 'pg_basebackup', `--dbname=${from}`, `--pgdata=${directory}`, ...options);
    const { uid, gid } = statSync(dataOf('postgres'));
    execFileSync('chown', ['-R', `${uid}:${gid}`, directory]);
    const postgres = await startPostgres({ dir: directory, detached: true, programs: system.programs });
    await replicates(from, `state = 'streaming'`);
    return new Standby(postgres);
  }

  get port(): number {
    return this.postgres.port;
  }

  /** From now on a commit is answered when the standby has it as well. Set at the primary alone: a backup would copy it. */
  async makeSynchronous(primary: string): Promise<void> {
    await query(primary, `ALTER SYSTEM SET synchronous_standby_names = '*'`);
    await query(primary, 'SELECT pg_reload_conf()');
    await replicates(primary, `sync_state = 'sync'`);
  }

  /** It takes writes from now on. */
  async promote(): Promise<void> {
    await query(adminUrl(this.port), 'SELECT pg_promote()');
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
