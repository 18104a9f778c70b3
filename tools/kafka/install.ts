/** Installs the broker's jars from Maven Central into `.local/kafka/lib` of the workspace. */
import { spawn } from 'node:child_process';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

const pom = join(import.meta.dirname, 'pom.xml');
const home = resolve(import.meta.dirname, '../../.local/kafka');
const lib = join(home, 'lib');

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
    const goal = ['-B', '-q', '-f', pom, 'dependency:copy-dependencies', '-DincludeScope=runtime'];
    await runProgram('mvn', [...goal, `-DoutputDirectory=${fresh}`], 'Kafka is fetched with Maven');
    await writeFile(join(fresh, 'pom.xml'), wanted);
    await rm(lib, { recursive: true, force: true });
    await rename(fresh, lib);
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
  return lib;
}

/**
 * Runs a program to its end.
 *
 * @throws Error `{purpose}: {what went wrong}`, on one line
 */
export async function runProgram(program: string, args: string[], purpose: string): Promise<void> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const output: string[] = [];
  child.stdout.on('data', (data) => output.push(String(data)));
  child.stderr.on('data', (data) => output.push(String(data)));
  await new Promise<void>((done, fail) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      const reason = error.code === 'ENOENT' ? `"${program}" is not installed` : error.message;
      fail(new Error(`${purpose}: ${reason}`));
    });
    child.once('close', (code) => {
      const lines = output.join('').trim().split('\n');
      const cause = lines.find((line) => /error|exception/i.test(line)) ?? lines.at(-1) ?? '';
      if (code === 0) done();
      else fail(new Error(`${purpose}: "${program}" ended with ${code}: ${cause}`));
    });
  });
}
