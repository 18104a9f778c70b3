import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { runProgram } from '../run-program.ts';

it('a program that hangs is killed when its time is over, and the error says so', async () => {
  const ended = runProgram('sleep', ['600'], 'It is fetched', 100);
  await expect(ended).rejects.toThrow('It is fetched: "sleep" ended with SIGKILL');
});

const run = promisify(execFile);
const RUN_MAVEN = `import { runMaven } from '${join(import.meta.dirname, '../maven.ts')}';
  await runMaven('pom.xml', ['verify'], 'It is fetched')`;

describe('Maven', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'maven-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  /**
   * Runs, in place of Maven, a program that fails so many times as Maven does at a silent server.
   *
   * @returns what was printed, and how often it ran
   */
  async function failing(times: number): Promise<{ printed: string; runs: number }> {
    const runs = join(folder, 'runs');
    const script = `#!/bin/sh
      echo >>"${runs}"
      [ "$(wc -l <"${runs}")" -gt ${times} ] || { echo "ERROR Read timed out"; exit 1; }`;
    await writeFile(join(folder, 'mvn'), script, { mode: 0o755 });
    const env = { ...process.env, PATH: `${folder}:${process.env['PATH']}` };
    const printed = await run(process.execPath, ['--input-type=module', '-e', RUN_MAVEN], { env }).then(
      ({ stdout }) => stdout,
      ({ stderr }: { stderr: string }) => stderr,
    );
    return { printed, runs: (await readFile(runs, 'utf8')).length };
  }

  it('runs again after a server was silent', async () => {
    expect(await failing(2)).toEqual({ printed: '', runs: 3 });
  });

  it('does not run for ever', async () => {
    const { printed, runs } = await failing(10);
    expect(printed).toContain('It is fetched: "mvn" ended with 1: ERROR Read timed out');
    expect(runs).toBe(3);
  });
});
