/** Installs the broker's jars from Maven Central into `.local/kafka/lib` of the workspace, and runs Maven for others. */
import { spawn } from 'node:child_process';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

const pom = join(import.meta.dirname, 'pom.xml');
const home = resolve(import.meta.dirname, '../../.local/kafka');
const lib = join(home, 'lib');

/**
 * Maven fails when a server has said nothing for 20 s. By itself it would wait for half an hour. Versions up to 3.8 read the
 * first one, later ones the second.
 */
const PATIENCE = ['-Dmaven.wagon.rto=20000', '-Daether.connector.requestTimeout=20000'];
/** One silent answer fails Maven: it does not ask again. What it has fetched stays in its local repository. */
const MAVEN_TRIES = 3;
/** For all of its tries. */
const MAVEN_MS = 600_000;

/**
 * Checks for Java, and fetches the jars that `pom.xml` names. If an earlier call has fetched them, neither Maven nor a
 * network is needed.
 *
 * @returns the directory of the jars
 * @throws Error with one line that says what is missing
 */
export async function installKafka(): Promise<string> {
  await runProgram('java', ['-version'], 'Kafka needs Java 17 or newer');
  const wanted = await readFile(pom, 'utf8');
  const present = await readFile(join(lib, 'pom.xml'), 'utf8').catch(() => '');
  if (present === wanted) return lib;
  // The directory is made under another name and then renamed, so an interrupted or concurrent call leaves no half
  // directory.
  const fresh = `${lib}.${process.pid}`;
  try {
    await mkdir(fresh, { recursive: true });
    const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${fresh}`];
    await runMaven(pom, goal, 'Kafka is fetched with Maven');
    await writeFile(join(fresh, 'pom.xml'), wanted);
    await rm(lib, { recursive: true, force: true });
    await rename(fresh, lib);
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
  return lib;
}

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

/**
 * Runs a program to its end.
 *
 * @param limitMs when it is killed; left out: never
 * @throws Error `{purpose}: {what went wrong}`, on one line
 */
export async function runProgram(
  program: string,
  args: string[],
  purpose: string,
  limitMs?: number,
): Promise<void> {
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: limitMs,
    killSignal: 'SIGKILL',
  });
  const output: string[] = [];
  child.stdout.on('data', (data) => output.push(String(data)));
  child.stderr.on('data', (data) => output.push(String(data)));
  await new Promise<void>((done, fail) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      const reason = error.code === 'ENOENT' ? `"${program}" is not installed` : error.message;
      fail(new Error(`${purpose}: ${reason}`));
    });
    child.once('close', (code, signal) => {
      const lines = output.join('').trim().split('\n');
      const cause = lines.find((line) => /error|exception/i.test(line)) ?? lines.at(-1) ?? '';
      if (code === 0) done();
      else fail(new Error(`${purpose}: "${program}" ended with ${signal ?? code}: ${cause}`));
    });
  });
}
