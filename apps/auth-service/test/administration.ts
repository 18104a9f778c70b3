/** What an administrator of a plan works with: the HTTP API, and what the commands are given. */
import { Readable } from 'node:stream';
import type { Pool } from '@patient-access/database';
import { commandNamed, parseCommandLine } from '@patient-access/platform/command-usage';
import type { CommandTools } from '../src/commands/command.ts';
import { ADMIN_COMMANDS, ADMIN_OPTIONS, ADMIN_USAGE } from '../src/commands/commands.ts';
import type { Administration } from '../src/domain/administration/administration.ts';
import { errorLine } from '../src/domain/administration/error-line.ts';
import { TenantSettings } from '../src/domain/tenant/settings.ts';
import type { Told } from '../src/domain/administration/told.ts';
import { ADMIN_SECRET, type World } from './world.ts';

/** An administrator of northwind, as a command runs. */
export const administrationOf = (pool: Pool): Administration => ({
  pool,
  tenant: {
    id: 'northwind',
    name: 'Northwind Health Plan',
    kind: 'preview',
    settings: TenantSettings.parse({}),
  },
  administrator: 'ada',
});

/** @returns what is told, with no event of it */
export const opened = async <Answer>(told: Promise<Told<Answer>>): Promise<Answer> =>
  (await told).after(() => undefined);

/** How a command of `npm run admin` has ended. */
export interface EndedCommand {
  code: number | null;
  said: string;
}

/**
 * Runs a command like `admin.ts`, without a process of its own.
 *
 * @param input what is in its standard input
 */
export async function adminHere(tools: CommandTools, args: string[], input = ''): Promise<EndedCommand> {
  const { positionals, values } = parseCommandLine({ args, options: ADMIN_OPTIONS, allowPositionals: true });
  const command = commandNamed({ commands: ADMIN_COMMANDS, usage: ADMIN_USAGE }, positionals, values);
  const stdin = Object.getOwnPropertyDescriptor(process, 'stdin') as PropertyDescriptor;
  Object.defineProperty(process, 'stdin', { ...stdin, get: () => Readable.from([Buffer.from(input)]) });
  try {
    const result = await command(tools, values as never);
    return { code: 0, said: result === undefined ? '' : JSON.stringify(result) };
  } catch (error) {
    return { code: 1, said: errorLine(error) };
  } finally {
    Object.defineProperty(process, 'stdin', stdin);
  }
}

/** @param path below `/internal/admin/` */
export async function administer(
  world: World,
  method: string,
  path: string,
  body?: object,
  authorization = `Bearer ${ADMIN_SECRET}`,
) {
  const response = await fetch(`${world.address}/internal/admin/${path}`, {
    method,
    headers: {
      authorization,
      'x-administrator': 'ada',
      ...(body && { 'content-type': 'application/json' }),
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  let parsed: Record<string, unknown> = {};
  try {
    parsed = JSON.parse(text) as Record<string, unknown>;
  } catch {
    // The body may be empty or no JSON; then tests look at the text.
  }
  return { status: response.status, body: parsed, text, headers: response.headers };
}
