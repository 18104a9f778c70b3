/** Commands of the page for operators, run as they stand there. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { commandsOf } from '@patient-access/testing';
import { runTool } from './postgres-tools.ts';

const PAGE = resolve(import.meta.dirname, '../../docs/operate.md');

interface Operator {
  /** folder of the programs of Postgres */
  programs: string;
  /** where the command runs */
  directory: string;
  /** the superuser's connection URL of the server that the command is about */
  url: string;
}

/** @returns the settings by which the tools of Postgres find the server and its user */
function whereabouts(url: string): NodeJS.ProcessEnv {
  const { hostname, port, username, password } = new URL(url);
  return { PGHOST: hostname, PGPORT: port, PGUSER: username, PGPASSWORD: password };
}

/**
 * @param begins the beginning of the command, by which it is found
 * @param instead what stands on the page, and what takes its place here
 * @throws Error when the page has no such command, or several
 */
export function commandOfPage(begins: string, instead: Readonly<Record<string, string>>): string {
  const [command, ...more] = commandsOf(readFileSync(PAGE, 'utf8')).filter((each) => each.startsWith(begins));
  if (command === undefined || more.length > 0)
    throw new Error(`docs/operate.md has not just one command "${begins}"`);
  return Object.entries(instead).reduce((text, [there, by]) => text.replaceAll(there, by), command);
}

/**
 * Runs {@link commandOfPage}.
 *
 * @throws Error also with what the command said when it fails
 */
export async function runFromPage(
  begins: string,
  { programs, directory, url }: Operator,
  instead: Readonly<Record<string, string>> = {},
): Promise<void> {
  const here = commandOfPage(begins, instead);
  const env = { PATH: `${programs}:/usr/bin:/bin`, ...whereabouts(url), PRIMARY_URL: url, STANDBY_URL: url };
  await runTool('/bin/sh', ['-ec', here], { cwd: directory, env });
}
