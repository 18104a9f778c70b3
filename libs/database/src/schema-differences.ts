/** Compares a database that the migrations made with what `schema.prisma` describes. */
import { dirname } from 'node:path';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory, ColumnTypeEnum } from '@prisma/driver-adapter-utils';
import pg from 'pg';
import { NO_FILTERS, type SchemaFile, schemaEngine } from './schema-engine.ts';

/** Postgres' one-byte type `"char"` of its catalogue. The adapter does not know it, but the engine expects it. */
const CHAR = 18;
const TEXT = 25;

function readingCatalogue(pool: pg.Pool): PrismaPg {
  const characters = new Set<string>();
  const query = pool.query.bind(pool) as (...args: unknown[]) => Promise<pg.QueryResult>;
  const patched = async (...args: unknown[]): Promise<pg.QueryResult> => {
    const result = await query(...args);
    const fields = result.fields.filter(({ dataTypeID }) => dataTypeID === CHAR);
    characters.clear();
    for (const field of fields) {
      field.dataTypeID = TEXT;
      characters.add(field.name);
    }
    return result;
  };
  const factory = new PrismaPg(Object.assign(pool, { query: patched }));
  const connect = factory.connect.bind(factory);
  factory.connect = async () => {
    const adapter = await connect();
    const queryRaw = adapter.queryRaw.bind(adapter);
    adapter.queryRaw = async (input) => {
      const result = await queryRaw(input);
      result.columnNames.forEach((name, at) => {
        if (characters.has(name)) result.columnTypes[at] = ColumnTypeEnum.Character;
      });
      return result;
    };
    return adapter;
  };
  return factory;
}

/**
 * Compares a migrated database with Prisma schemas.
 *
 * @param url connection of the database's owner role
 * @param files that together describe the whole database
 * @returns the SQL that would change the database into what the schemas describe; undefined when they agree
 * @throws the message of Prisma's engine when a schema is not valid
 */
export async function schemaDifferences(
  url: string,
  files: readonly SchemaFile[],
): Promise<string | undefined> {
  const pool = new pg.Pool({ connectionString: url, max: 1 });
  try {
    const engine = await schemaEngine(bindMigrationAwareSqlAdapterFactory(readingCatalogue(pool)), files);
    const { exitCode, stdout } = await engine.diff({
      from: { tag: 'schemaDatasource', files, configDir: dirname(files[0]?.path ?? '.') },
      to: { tag: 'schemaDatamodel', files },
      script: true,
      exitCode: true,
      shadowDatabaseUrl: null,
      filters: NO_FILTERS,
    });
    return exitCode === 0 ? undefined : stdout.trim();
  } finally {
    await pool.end();
  }
}
