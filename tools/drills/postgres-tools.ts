/** The programs of Debian's PostgreSQL: a server, and the tools that fit it. The Postgres from npm has no tools. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { installedPostgres, OLDEST_POSTGRES } from '@patient-access/testing';

/** @returns the folder of the newest that is installed @throws Error with one line when there is none */
export function postgresPrograms(): string {
  const programs = installedPostgres();
  if (programs === undefined)
    throw new Error(`no PostgreSQL ${OLDEST_POSTGRES} or later: apt-get install postgresql`);
  return programs;
}

/** Runs a tool to its end. @throws Error with what it said */
export async function runTool(
  tool: string,
  args: readonly string[],
  options: { cwd: string; env: NodeJS.ProcessEnv },
): Promise<void> {
  const child = spawn(tool, args, { ...options, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk) => (said += String(chunk)));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${tool}: ${said.trim()}`);
}

/** Where we are root, Postgres runs as another user, and its files have to be its own. @param directory of the system */
export function giveToPostgres({ directory }: { directory: string }, path: string): void {
  const { uid, gid } = statSync(join(directory, 'postgres'));
  execFileSync('chown', ['-R', `${uid}:${gid}`, path]);
}
