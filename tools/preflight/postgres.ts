/** The connection to Postgres, and the settings of the server on which durability and speed depend. */
import { COMMAND, createPool, firstLook, type Pool } from '@patient-access/database';
import { databaseUrls, furtherDatabases } from './databases.ts';
import { failoverFindings, REPLICATION, type Replication } from './failover.ts';
import { type Obstacle, toLookAt, toChange, type CheckedService, unless } from './obstacle.ts';

const OLDEST = 150_000;
const LEAST_BUFFERS_MB = 256;
const LEAST_WAL_MB = 4_096;
const MOST_SKEW_MS = 1_000;
/** Two replicas of each service and three of claims-service, one more of each, and commands (docs/operate.md, "Sizing"). */
const LEAST_CONNECTIONS = 350;

interface Server extends Replication {
  version: number;
  fsync: string;
  full_page_writes: string;
  timezone: string;
  buffers_mb: number;
  wal_mb: number;
  connections: number;
  encrypted: boolean;
  now_ms: number;
}

const mb = (setting: string) => `pg_size_bytes(current_setting('${setting}')) / 1048576`;
const ASK = `SELECT current_setting('server_version_num')::int AS version, current_setting('fsync') AS fsync,
                    current_setting('full_page_writes') AS full_page_writes,
                    current_setting('TimeZone') AS timezone, ${REPLICATION},
                    (${mb('shared_buffers')})::int AS buffers_mb, (${mb('max_wal_size')})::int AS wal_mb,
                    current_setting('max_connections')::int AS connections,
                    COALESCE((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false) AS encrypted,
                    (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now_ms`;

function ofServer(server: Server): Obstacle[] {
  const kept = [server.fsync, server.full_page_writes].every((value) => value === 'on');
  const waits = server.synchronous_commit !== 'off';
  const P = 'Postgres';
  return [
    ...unless(server.version >= OLDEST, toChange(P, `server_version_num ${server.version}`, '15 or later')),
    ...unless(kept, toChange(P, 'fsync or full_page_writes is off', 'on: a crash must lose nothing')),
    ...unless(
      waits,
      toChange(P, 'synchronous_commit is off', 'on: an event has to be durable before data leaves'),
    ),
    ...failoverFindings(server),
    ...unless(
      server.buffers_mb >= LEAST_BUFFERS_MB,
      toLookAt(P, `shared_buffers is ${server.buffers_mb} MB`, 'a quarter of the memory'),
    ),
    ...unless(server.wal_mb >= LEAST_WAL_MB, toLookAt(P, `max_wal_size is ${server.wal_mb} MB`, '4 GB')),
    ...unless(
      /^(Etc\/)?UTC$/.test(server.timezone),
      toLookAt('time zone', `of Postgres: ${server.timezone}`, 'UTC'),
    ),
  ];
}

/** All services may share a server. Behind a pooler they need fewer. */
const ofConnections = ({ connections }: Server, isPooled: boolean): Obstacle[] =>
  unless(
    isPooled || connections > LEAST_CONNECTIONS,
    toLookAt(
      'Postgres',
      `max_connections is ${connections}`,
      `more than ${LEAST_CONNECTIONS}, if this server has all databases: docs/operate.md#sizing`,
    ),
  );

const ENCRYPT = 'sslmode=verify-full&sslrootcert=… in the connection URL';

const modeOf = (url: string): string => URL.parse(url)?.searchParams.get('sslmode') ?? 'not set';

function ofConnection(url: string, server: Server, skewMs: number): Obstacle[] {
  const mode = modeOf(url);
  const behind = toChange(
    'clocks',
    `Postgres and this process differ by ${Math.round(skewMs)} ms`,
    'run NTP on both',
  );
  return [
    ...unless(server.encrypted, toChange('TLS to Postgres', `not encrypted; sslmode is ${mode}`, ENCRYPT)),
    ...unless(
      mode === 'verify-full',
      toChange('TLS to Postgres', `sslmode is ${mode}: anybody can be it`, ENCRYPT),
    ),
    ...unless(skewMs <= MOST_SKEW_MS, behind),
  ];
}

/** @returns by how much the clocks differ at least: what the answer took cannot be told from it */
function skew(before: number, after: number, there: number): number {
  return Math.max(0, before - there, there - after);
}

async function askServer(pool: Pool, url: string, isPooled: boolean): Promise<Obstacle[]> {
  const before = Date.now();
  const [server] = (await pool.query<Server>(ASK)).rows;
  if (!server) return [];
  const skewMs = skew(before, Date.now(), server.now_ms);
  return [...ofServer(server), ...ofConnections(server, isPooled), ...ofConnection(url, server, skewMs)];
}

const POOLER = toLookAt(
  'Postgres',
  'a pooler is in between',
  'the settings of PgBouncer in docs/operate.md#poolers; migrations name Postgres itself',
);

const OPEN_PLANS = `SELECT id, kind FROM tenant WHERE suspended_at IS NULL
                     AND (kind = 'preview' OR registration = 'open') ORDER BY id`;

/** Plans at which anybody may register an app. */
async function openPlans(pool: Pool): Promise<Obstacle[]> {
  const { rows } = await pool.query<{ id: string; kind: string }>(OPEN_PLANS);
  const fix = 'npm run admin -- tenant suspend --id …, or keep it apart from plans with members';
  return rows.map(({ id, kind }) =>
    toChange('preview plans', `"${id}" (${kind}) lets anybody register an app`, fix),
  );
}

/** @returns what is wrong with a database; one that does not answer is a finding, too */
async function ofDatabase(service: CheckedService['service'], url: string): Promise<Obstacle[]> {
  try {
    const listens = service === 'auth-service';
    const pool = await createPool(url, { max: 1, ...COMMAND, listens });
    try {
      const plans = listens ? await openPlans(pool) : [];
      const { isPooled } = await firstLook(pool);
      return [...(await askServer(pool, url, isPooled)), ...unless(!isPooled, POOLER), ...plans];
    } finally {
      await pool.end();
    }
  } catch (error) {
    return [
      toChange('Postgres', (error as Error).message, 'address, password, network policy, role, migrations'),
    ];
  }
}

const FURTHER = 'a JSON object with a connection URL for each name';

/** A plan in a further database depends on it as all others do on the first one. */
async function ofFurther({ service, given }: CheckedService): Promise<Obstacle[]> {
  try {
    const findings: Obstacle[] = [];
    for (const [name, url] of furtherDatabases(given['DATABASES']))
      for (const finding of await ofDatabase(service, url))
        findings.push({ ...finding, found: `database "${name}": ${finding.found}` });
    return findings;
  } catch {
    return [toChange('Postgres', 'DATABASES cannot be read', FURTHER)];
  }
}

/** Those of the service itself, which are asked. */
const OWN = /^DATABASE(?:_URL|S)\b/;

/**
 * The other roles of services, the owner, and those of imports. Their servers are the same, and are asked by the role of the
 * service.
 */
const ofOtherRoles = ({ given }: CheckedService): Obstacle[] =>
  databaseUrls(given)
    .filter(([where, url]) => !OWN.test(where) && modeOf(url) !== 'verify-full')
    .map(([where, url]) =>
      toChange('TLS to Postgres', `sslmode in ${where} is ${modeOf(url)}: anybody can be it`, ENCRYPT),
    );

/** @returns what is wrong with the databases of a service */
export async function postgresFindings(checked: CheckedService): Promise<Obstacle[]> {
  const { DATABASE_URL: url } = checked.given;
  // The settings of a migration or an import alone.
  if (url === undefined) return ofOtherRoles(checked);
  return [
    ...(await ofDatabase(checked.service, url)),
    ...(await ofFurther(checked)),
    ...ofOtherRoles(checked),
  ];
}
