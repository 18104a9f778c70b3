/** Whether a failover of Postgres loses nothing, and whether Postgres can be put back to any instant (docs/operate.md). */
import { type Obstacle, toChange, toLookAt, unless } from './obstacle.ts';

/** Settings of the server, and what it says of its archive. */
export interface Replication {
  in_recovery: boolean;
  wal_level: string;
  max_wal_senders: number;
  synchronous_standby_names: string;
  synchronous_commit: string;
  archive_mode: string;
  /** whether a command or a library says where the log goes */
  archives: boolean;
  archive_fails: boolean;
}

/** Its columns. Any role that can connect may ask for them. */
export const REPLICATION = `
  pg_is_in_recovery() AS in_recovery, current_setting('wal_level') AS wal_level,
  current_setting('max_wal_senders')::int AS max_wal_senders,
  current_setting('synchronous_standby_names') AS synchronous_standby_names,
  current_setting('synchronous_commit') AS synchronous_commit, current_setting('archive_mode') AS archive_mode,
  current_setting('archive_command') NOT IN ('', '(disabled)')
    OR COALESCE(current_setting('archive_library', true), '') <> '' AS archives,
  COALESCE((SELECT last_failed_time > COALESCE(last_archived_time, '-infinity') FROM pg_stat_archiver), false)
    AS archive_fails`;

const FAILOVER = 'failover of Postgres';
const ARCHIVE = 'archive of Postgres';
/** `off` waits for no disk at all, which is a finding of its own (postgres.ts). */
const WAITS: ReadonlySet<string> = new Set(['on', 'remote_apply', 'off']);

function standbys(server: Replication): Obstacle[] {
  const { wal_level: level, max_wal_senders: senders, synchronous_commit: commit } = server;
  const names = server.synchronous_standby_names;
  const follows = level !== 'minimal' && senders > 0;
  const found = `no standby can follow: wal_level ${level}, max_wal_senders ${senders}`;
  const leaves = `synchronous_commit is ${commit}: a commit does not wait for a standby's disk`;
  const empty = 'synchronous_standby_names is empty: a failover may lose the last commits';
  const fix = 'ANY 1 (one, other); nothing, if your provider keeps each commit on two machines';
  return [
    ...unless(
      !server.in_recovery,
      toChange(FAILOVER, 'the address leads to a standby', 'name the primary in the connection URL'),
    ),
    ...unless(follows, toLookAt(FAILOVER, found, 'wal_level = replica, max_wal_senders = 10')),
    ...unless(names !== '', toLookAt(FAILOVER, empty, fix)),
    ...unless(names === '' || WAITS.has(commit), toChange(FAILOVER, leaves, 'on')),
  ];
}

function archive({ archive_mode: mode, archives, archive_fails: fails }: Replication): Obstacle[] {
  const off = toLookAt(
    ARCHIVE,
    'archive_mode is off',
    'archive the log, or accept the loss of what came since the last backup',
  );
  if (mode === 'off') return [off];
  return [
    ...unless(
      archives,
      toChange(ARCHIVE, 'nothing says where the log goes', 'archive_command, or archive_library'),
    ),
    ...unless(
      !fails,
      toChange(ARCHIVE, 'the last attempt failed', 'see its log: no backup is whole, and the disk fills up'),
    ),
  ];
}

export const failoverFindings = (server: Replication): Obstacle[] => [
  ...standbys(server),
  ...archive(server),
];
