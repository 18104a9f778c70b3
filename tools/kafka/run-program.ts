import { spawn } from 'node:child_process';

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
