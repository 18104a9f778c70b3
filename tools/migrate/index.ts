/** Which migrations make which service's database. */
import { join, resolve } from 'node:path';
import { applyMigrations } from '@patient-access/database';

const root = resolve(import.meta.dirname, '../..');
const engine = 'libs/fhir-store/prisma/migrations';

/** The services that own a database, and the folders whose migrations it consists of. */
export const MIGRATIONS = {
  'auth-service': ['apps/auth-service/prisma/migrations'],
  'coverage-service': [engine],
  'claims-service': [engine],
  'clinical-service': [engine],
  'audit-service': [engine, 'apps/audit-service/prisma/migrations'],
} as const;

export type DatabaseOwner = keyof typeof MIGRATIONS;

/**
 * Brings a service's database up to date.
 *
 * @param url of the database's owner role
 * @returns names of the migrations applied now
 */
export function migrate(service: DatabaseOwner, url: string): Promise<string[]> {
  return applyMigrations(url, ...MIGRATIONS[service].map((folder) => join(root, folder)));
}
