import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';

const KEPT_LINES = 50;

interface Watched {
  /** for the line that says that it has ended */
  name: string;
  /** @returns which of its last lines says why; undefined: none of them */
  cause(lines: readonly string[]): string | undefined;
  /** receives what it prints, line by line */
  log?: ((line: string) => void) | undefined;
}

/** Reads what a program prints. @returns one line that says why, when it has ended */
export function whenEnded(child: ChildProcess, { name, cause, log }: Watched): Promise<string> {
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    if (!stream) continue;
    createInterface({ input: stream }).on('line', (line) => {
      log?.(line);
      if (lines.push(line) > KEPT_LINES) lines.shift();
    });
  }
  return new Promise((done) => {
    child.once('error', (error) => done(`${name} did not start: ${error.message}`));
    child.once('close', (code, signal) =>
      done(
        `${name} ended (${signal ?? `exit code ${code}`}): ${cause(lines) ?? lines.at(-1) ?? 'no output'}`,
      ),
    );
  });
}
