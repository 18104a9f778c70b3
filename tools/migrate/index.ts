/** Applies the migrations of each service's database. */
import { join, resolve } from 'node:path';
import { applyMigrations } from '@patient-access/database';
import { type ServiceWithDatabase, TOPOLOGY } from '@patient-access/topology';

const root = resolve(import.meta.dirname, '../..');

/**
 * Brings a service's database up to date.
 *
 * @param url connection URL of the database's owner role
 * @returns names of the migrations applied now
 */
export function migrate(service: ServiceWithDatabase, url: string): Promise<string[]> {
  const folders = TOPOLOGY[service].database?.migrations ?? [];
  return applyMigrations(url, ...folders.map((folder) => join(root, folder)));
}
