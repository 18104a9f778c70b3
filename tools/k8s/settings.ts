/** Reads from an app's configuration schema which environment variables it knows. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';

/** Environment name → whether the service cannot start without it. */
export type Settings = Map<string, boolean>;

const isServiceSchema = (value: unknown): value is z.ZodObject =>
  value instanceof z.ZodObject && 'PORT' in value.shape;

/**
 * @param root of the workspace, built
 * @returns the names of the schema that `apps/{app}/dist/config.js` exports; undefined when there is none
 */
export async function settingsOf(root: string, app: string): Promise<Settings | undefined> {
  const file = join(root, 'apps', app, 'dist/config.js');
  if (!existsSync(file)) return undefined;
  const exported = (await import(pathToFileURL(file).href)) as Record<string, unknown>;
  const schema = Object.values(exported).find(isServiceSchema);
  if (!schema) return undefined;
  const required = (type: unknown) => !(type as z.ZodType).safeParse(undefined).success;
  return new Map(Object.entries(schema.shape).map(([name, type]) => [name, required(type)]));
}

/**
 * @param given environment names that a deployment sets; `NAME_FILE` gives NAME
 * @returns one line for each name that the app does not know, and for each required name that is not given
 */
export function settingsProblems(where: string, settings: Settings | undefined, given: string[]): string[] {
  if (!settings) return [];
  const named = given.map((name) => (settings.has(name) ? name : name.replace(/_FILE$/, '')));
  const unknown = named.filter((name) => !settings.has(name));
  const missing = [...settings].filter(([name, required]) => required && !named.includes(name));
  return [
    ...unknown.map((name) => `${where}: sets ${name}, which the app does not know`),
    ...missing.map(([name]) => `${where}: does not set ${name}, which the app needs`),
  ];
}
