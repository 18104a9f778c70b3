/** Runs the commands of a page as a person would paste them: in one shell, and with an answer where it waits for one. */
import { spawn } from 'node:child_process';

const LIMIT_MS = 60_000;

export interface Ran {
  code: number | null;
  /** what it printed, errors included */
  said: string;
}

/**
 * The shell ends at the first command that fails.
 *
 * @param respond is given what was printed so far, each time that more is; what it returns is typed, once
 */
export async function runInShell(
  script: string,
  respond: (said: string) => Promise<string> | undefined = () => undefined,
): Promise<Ran> {
  const shell = spawn('bash', ['-c', `set -eu\n${script}`], { timeout: LIMIT_MS });
  let said = '';
  let hasAnswered = false;
  const take = (chunk: Buffer) => {
    said += String(chunk);
    const answer = hasAnswered ? undefined : respond(said);
    if (!answer) return;
    hasAnswered = true;
    // Without an answer the shell would wait for ever.
    void answer.then(
      (text) => shell.stdin.end(`${text}\n`),
      () => shell.stdin.end(),
    );
  };
  shell.stdout.on('data', take);
  shell.stderr.on('data', take);
  const code = await new Promise<number | null>((done) => shell.once('close', done));
  return { code, said };
}
