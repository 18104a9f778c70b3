/** PgBouncer before the Postgres of a drill, for all whom docs/operate.md lets use a pooler. */
import type { RoleUrls } from '@patient-access/preview/installation';
import { type Pooler, startPooler } from '@patient-access/testing';
import type { DatabaseName } from '@patient-access/topology';

/** Connections to Postgres for each database and role, as docs/operate.md has it to begin with. */
const POOL_SIZE = 10;

type Databases = Readonly<Record<DatabaseName, RoleUrls>>;

/** auth-service listens in a session of its own, and owners change tables: both name Postgres itself. */
const isPooled = (database: string, role: string): boolean => database !== 'auth' && role !== 'owner';

/** @returns the same URLs, those that may be pooled as another has them */
function changed(databases: Databases, change: (url: string) => string): Record<DatabaseName, RoleUrls> {
  const roles = (database: string, urls: RoleUrls) =>
    Object.fromEntries(
      Object.entries(urls).map(([role, url]) => [role, isPooled(database, role) ? change(url) : url]),
    );
  return Object.fromEntries(
    Object.entries(databases).map(([database, urls]) => [database, roles(database, urls)]),
  ) as Record<DatabaseName, RoleUrls>;
}

export class Poolers {
  private started: Pooler | undefined;

  /** Starts one. @returns the connection URLs that services and commands use from now on */
  before = async (databases: Databases): Promise<Record<DatabaseName, RoleUrls>> => {
    const pooled: string[] = [];
    changed(databases, (url) => (pooled.push(url), url));
    const pooler = (this.started = await startPooler(pooled, { size: POOL_SIZE }));
    return changed(databases, (url) => pooler.through(url));
  };

  stop = async (): Promise<void> => this.started?.stop();
}
