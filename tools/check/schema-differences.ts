/** Runs all migrations on empty databases, and compares the resulting tables with each `schema.prisma`. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { applyMigrations, provisionDatabase, schemaDifferences } from '@patient-access/database';
import { startPostgres } from '@patient-access/testing';
import { databaseOf, SERVICES_WITH_DATABASE, type ServiceRow, TOPOLOGY } from '@patient-access/topology';

type DatabaseRow = NonNullable<ServiceRow['database']>;

/** @returns one database for each different list of migrations */
function databases(): [name: string, DatabaseRow][] {
  const rows = SERVICES_WITH_DATABASE.map((service): [string, DatabaseRow] => [
    databaseOf(service),
    (TOPOLOGY[service] as ServiceRow).database ?? { roles: [], migrations: [] },
  ]);
  return [...new Map(rows.map((row) => [row[1].migrations.join(), row])).values()];
}

/** Reads the files of a database as one schema. If one file names Postgres schemas, Prisma requires all to do so. */
function schemaOf(root: string, { migrations }: DatabaseRow): { path: string; content: string }[] {
  const files = migrations.map((folder) => join(root, dirname(folder), 'schema.prisma'));
  return files.map((path, at) => {
    const content = readFileSync(path, 'utf8');
    if (at === files.length - 1) return { path, content };
    const withoutSource = content.replace(/^datasource [^}]*\}/m, '');
    return { path, content: withoutSource.replace(/^( *@@map\("[^"]*"\))$/gm, '$1\n  @@schema("public")') };
  });
}

/** A table that no migration makes. */
const CANARY = { path: 'canary.prisma', content: 'model Canary {\n  id String @id\n}\n' };
const CANARY_IN_PUBLIC = { ...CANARY, content: CANARY.content.replace('}', '  @@schema("public")\n}') };

async function differencesOf(
  root: string,
  [name, database]: [string, DatabaseRow],
  adminUrl: string,
): Promise<string[]> {
  const { owner } = await provisionDatabase(adminUrl, name, () => 'check', database.roles);
  await applyMigrations(owner, ...database.migrations.map((folder) => join(root, folder)));
  const schema = schemaOf(root, database);
  const canary = schema.some(({ content }) => content.includes('@@schema(')) ? CANARY_IN_PUBLIC : CANARY;
  if (!(await schemaDifferences(owner, [...schema, canary]))?.includes('CREATE TABLE'))
    return [`the canary is not found: a table that the migrations of ${name} do not make`];
  const found = await schemaDifferences(owner, schema);
  return found === undefined ? [] : [`${schema.map(({ path }) => path).join(' and ')}:\n${found}`];
}

/** @returns what is wrong, or undefined */
export async function outdatedSchemas(root: string): Promise<string | undefined> {
  const postgres = await startPostgres();
  try {
    const found: string[] = [];
    for (const database of databases())
      found.push(...(await differencesOf(root, database, postgres.adminUrl)));
    return found.length === 0 ? undefined : found.join('\n');
  } finally {
    await postgres.stop();
  }
}
