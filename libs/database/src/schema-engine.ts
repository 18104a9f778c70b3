/** Prisma's schema engine, as WebAssembly. It is what `prisma migrate` uses, without a native program to download. */
import { readFile } from 'node:fs/promises';
import type { ErrorCapturingSqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils';

export interface Migration {
  path: string;
  migrationFile: { path: string; content: { tag: 'ok'; value: string } };
}

export interface MigrationList {
  baseDir: string;
  lockfile: { path: string; content: string | null };
  shadowDbInitScript: string;
  migrationDirectories: Migration[];
}

/** A file of a Prisma schema. */
export interface SchemaFile {
  path: string;
  content: string;
}

export const NO_FILTERS = { externalTables: [], externalEnums: [] };

interface SchemaEngine {
  applyMigrations(input: {
    migrationsList: MigrationList;
    filters: typeof NO_FILTERS;
  }): Promise<{ appliedMigrationNames: string[] }>;
  diff(input: {
    from: { tag: 'schemaDatasource'; files: readonly SchemaFile[]; configDir: string };
    to: { tag: 'schemaDatamodel'; files: readonly SchemaFile[] };
    script: boolean;
    exitCode: boolean;
    shadowDatabaseUrl: null;
    filters: typeof NO_FILTERS;
  }): Promise<{ exitCode: number; stdout: string }>;
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

/** TypeScript declares WebAssembly only in its library for browsers. */
const { WebAssembly } = globalThis as unknown as {
  WebAssembly: {
    instantiate(
      bytes: Uint8Array,
      imports: object,
    ): Promise<{ instance: { exports: Record<string, unknown> } }>;
  };
};

let engineModule: Promise<SchemaEngineModule> | undefined;

/**
 * The timer of the engine's lock (10 s) keeps running after the lock was taken. It must not keep the process alive.
 */
function withoutLingeringTimers(glue: SchemaEngineModule): Record<string, unknown> {
  const functions = Object.entries(glue).map(([name, value]) =>
    name.startsWith('__wbg_setTimeout_')
      ? [name, (callback: () => void, ms: number) => setTimeout(callback, ms >>> 0).unref()]
      : [name, value],
  );
  return Object.fromEntries(functions) as Record<string, unknown>;
}

async function loadEngine(): Promise<SchemaEngineModule> {
  // The entry of the package imports the .wasm as a module, which Node allows only behind a flag. So its two halves
  // are loaded separately.
  const entry = import.meta.resolve('@prisma/schema-engine-wasm');
  const glue = (await import(new URL('schema_engine_bg.js', entry).href)) as SchemaEngineModule;
  const bytes = await readFile(new URL('schema_engine_bg.wasm', entry));
  const { instance } = await WebAssembly.instantiate(bytes, {
    './schema_engine_bg.js': withoutLingeringTimers(glue),
  });
  glue.__wbg_set_wasm(instance.exports);
  (instance.exports['__wbindgen_start'] as (() => void) | undefined)?.();
  return glue;
}

/** @param files of the schema with which the engine compares; none for migrations */
export async function schemaEngine(
  factory: ErrorCapturingSqlMigrationAwareDriverAdapterFactory,
  files?: readonly SchemaFile[],
): Promise<SchemaEngine> {
  engineModule ??= loadEngine();
  const { SchemaEngine } = await engineModule;
  const datamodels = files?.map(({ path, content }): [string, string] => [path, content]);
  return SchemaEngine.new({ datamodels }, () => undefined, factory);
}
