/** The programs of Debian's PostgreSQL: a server, and the tools that fit it. The Postgres from npm has no tools. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The product's own data directories need this version or a later one. */
const OLDEST = 17;

/** @returns the folder of the newest that is installed @throws Error with one line when there is none */
export function postgresPrograms(installedBelow: string): string {
  const found = globSync(join(installedBelow, '*/bin/pg_dump')).map(dirname);
  const versionOf = (programs: string) => Number(/(\d+)\/bin$/.exec(programs)?.[1]);
  const [newest] = found
    .filter((programs) => versionOf(programs) >= OLDEST)
    .sort((one, other) => versionOf(other) - versionOf(one));
  if (!newest)
    throw new Error(`no PostgreSQL ${OLDEST} or later below ${installedBelow}: apt-get install postgresql`);
  return newest;
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
