/** What Maven fetches and builds. */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runProgram } from './run-program.ts';

/**
 * Maven fails when a server has said nothing for 20 s. By itself it would wait for half an hour. Versions up to 3.8 read the
 * first one, later ones the second.
 */
const PATIENCE = ['-Dmaven.wagon.rto=20000', '-Daether.connector.requestTimeout=20000'];
/** One silent answer fails Maven: it does not ask again. What it has fetched stays in its local repository. */
const MAVEN_TRIES = 3;
/** For all of its tries. */
const MAVEN_MS = 600_000;

/** Runs Maven with a pom, to its end, and again if it fails. @throws Error of the last try, as {@link runProgram} does */
export async function runMaven(file: string, goal: readonly string[], purpose: string): Promise<void> {
  const until = performance.now() + MAVEN_MS;
  for (let tried = 1; ; tried += 1) {
    const leftMs = Math.ceil(until - performance.now());
    try {
      return await runProgram('mvn', ['-B', '-q', '-f', file, ...PATIENCE, ...goal], purpose, leftMs);
    } catch (error) {
      if (tried === MAVEN_TRIES || performance.now() >= until) throw error;
    }
  }
}

interface FromMaven {
  /** path of the pom.xml that names what is fetched */
  pom: string;
  /** where it is kept, with a copy of the pom by which it came */
  directory: string;
  /** @returns what Maven has to do to fill a folder */
  goal(folder: string): readonly string[];
  /** for errors */
  purpose: string;
}

/**
 * Fetches what a pom names. If an earlier call has fetched it, neither Maven nor a network is needed. The folder is made under
 * another name and then renamed, so an interrupted or concurrent call leaves no half folder.
 *
 * @throws Error with one line that says what is missing
 */
export async function fetchWithMaven({ pom, directory, goal, purpose }: FromMaven): Promise<void> {
  const copy = 'pom.xml';
  const wanted = await readFile(pom, 'utf8');
  if ((await readFile(join(directory, copy), 'utf8').catch(() => '')) === wanted) return;
  const fresh = `${directory}.${process.pid}`;
  try {
    await mkdir(fresh, { recursive: true });
    await runMaven(pom, goal(fresh), purpose);
    await writeFile(join(fresh, copy), wanted);
    await rm(directory, { recursive: true, force: true });
    await rename(fresh, directory);
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}
