/** Applies the migrations of each service's database. */
import { join, resolve } from 'node:path';
import { applyMigrations } from '@patient-access/database';
import { type ServiceWithDatabase, TOPOLOGY } from '@patient-access/topology';

const root = resolve(import.meta.dirname, '../..');

/**
 * Brings a service's database up to date.
 *
 * @param url connection URL of the database's owner role
 * @param say is told in one line for what it waits, and how long at most
 * @returns names of the migrations applied now
 */
export function migrate(
  service: ServiceWithDatabase,
  url: string,
  say: (line: string) => void = () => undefined,
): Promise<string[]> {
  const folders = TOPOLOGY[service].database?.migrations ?? [];
  return applyMigrations({ url, say }, ...folders.map((folder) => join(root, folder)));
}
