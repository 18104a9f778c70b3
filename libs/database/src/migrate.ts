/**
 * Prisma's own migration engine, as WebAssembly over node-postgres: the folder format and the
 * `_prisma_migrations` table are Prisma's, so `prisma migrate deploy` works on the same database.
 * What it saves is the download of a native engine, which an air-gapped installation cannot do.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PrismaPg } from '@prisma/adapter-pg';
import {
  bindMigrationAwareSqlAdapterFactory,
  type ErrorCapturingSqlMigrationAwareDriverAdapterFactory,
} from '@prisma/driver-adapter-utils';
import pg from 'pg';

interface MigrationList {
  baseDir: string;
  lockfile: { path: string; content: string | null };
  shadowDbInitScript: string;
  migrationDirectories: {
    path: string;
    migrationFile: { path: string; content: { tag: 'ok'; value: string } };
  }[];
}

interface SchemaEngine {
  applyMigrations(input: {
    migrationsList: MigrationList;
    filters: unknown;
  }): Promise<{ appliedMigrationNames: string[] }>;
}

interface SchemaEngineModule {
  __wbg_set_wasm(exports: Record<string, unknown>): void;
  SchemaEngine: {
    new: (
      options: { datamodels: [string, string][] | undefined },
      log: (line: string) => void,
      factory: ErrorCapturingSqlMigrationAwareDriverAdapterFactory,
    ) => Promise<SchemaEngine>;
  };
}

/** TypeScript has WebAssembly's types in its browser library only. */
const { WebAssembly } = globalThis as unknown as {
  WebAssembly: {
    instantiate(
      bytes: Uint8Array,
      imports: object,
    ): Promise<{ instance: { exports: Record<string, unknown> } }>;
  };
};

let engineModule: Promise<SchemaEngineModule> | undefined;

async function loadEngine(): Promise<SchemaEngineModule> {
  // The package's own entry imports the .wasm as a module, which Node does only behind a flag; its two halves
  // are loaded from beside it instead.
  const entry = import.meta.resolve('@prisma/schema-engine-wasm');
  const glue = (await import(new URL('schema_engine_bg.js', entry).href)) as SchemaEngineModule;
  const bytes = await readFile(new URL('schema_engine_bg.wasm', entry));
  const { instance } = await WebAssembly.instantiate(bytes, {
    './schema_engine_bg.js': glue,
  });
  glue.__wbg_set_wasm(instance.exports);
  (instance.exports['__wbindgen_start'] as (() => void) | undefined)?.();
  return glue;
}

async function listMigrations(directory: string): Promise<MigrationList> {
  const entries = await readdir(directory, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return {
    baseDir: directory,
    lockfile: {
      path: 'migration_lock.toml',
      content: await readFile(join(directory, 'migration_lock.toml'), 'utf8'),
    },
    shadowDbInitScript: '',
    migrationDirectories: await Promise.all(
      names.sort().map(async (path) => ({
        path,
        migrationFile: {
          path: 'migration.sql',
          content: {
            tag: 'ok' as const,
            value: await readFile(join(directory, path, 'migration.sql'), 'utf8'),
          },
        },
      })),
    ),
  };
}

/**
 * Applies what is missing of a Prisma migrations folder, as the owner role.
 *
 * @param url connection of the database's owner role
 * @param directory the `migrations` folder, with its `migration_lock.toml`
 * @returns names of the migrations applied now, oldest first; empty when the database is up to date
 * @throws the engine's own message when a migration fails or the history disagrees with the folder
 */
export async function applyMigrations(url: string, directory: string): Promise<string[]> {
  engineModule ??= loadEngine();
  const { SchemaEngine } = await engineModule;
  // Our own pool, ended below: the engine's advisory lock lives as long as its connection.
  const pool = new pg.Pool({ connectionString: url, max: 1 });
  try {
    const factory = bindMigrationAwareSqlAdapterFactory(new PrismaPg(pool));
    const engine = await SchemaEngine.new({ datamodels: undefined }, () => undefined, factory);
    const result = await engine.applyMigrations({
      migrationsList: await listMigrations(directory),
      filters: { externalTables: [], externalEnums: [] },
    });
    return result.appliedMigrationNames;
  } finally {
    await pool.end();
  }
}
