/**
 * A process that runs commands of the import one after another, each as it runs when a person starts it: with arguments,
 * an environment and a folder of its own. To start a process takes longer than most commands need. A command that would
 * keep its process from its end is found here as well.
 */
import { Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';

/** A command to run. */
export interface HostedRun {
  /** of the command */
  path: string;
  args: readonly string[];
  cwd: string;
  env: Record<string, string>;
  /** what it reads */
  input: string;
}

/** What a command said, and how it ended. */
export interface Ended {
  code: number | null;
  out: string;
  err: string;
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;
/** What is closed at the end of a command is gone soon after. */
const CLOSED_MS = 10_000;

/** Keeps what is written, instead of writing it. */
function kept(stream: NodeJS.WriteStream): () => string {
  const { write } = stream;
  let text = '';
  stream.write = (chunk: string | Uint8Array, ...more: unknown[]) => {
    text += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
    const done = more.at(-1);
    if (typeof done === 'function') process.nextTick(done as () => void);
    return true;
  };
  return () => {
    stream.write = write;
    return text;
  };
}

/** What keeps a process running. */
const opened = () => process.getActiveResourcesInfo().filter((name) => name !== 'Immediate').length;

async function areClosed(before: number): Promise<boolean> {
  const began = Date.now();
  while (opened() > before) {
    if (Date.now() - began > CLOSED_MS) return false;
    await setTimeout(2);
  }
  return true;
}

let runs = 0;

async function run({ path, args, cwd, env, input }: HostedRun): Promise<Ended> {
  process.argv = [process.execPath, path, ...args];
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, env);
  process.chdir(cwd);
  process.exitCode = undefined;
  Object.defineProperty(process, 'stdin', { value: Readable.from([input]), configurable: true });
  const [out, err] = [kept(process.stdout), kept(process.stderr)];
  const before = opened();
  runs += 1;
  let failure = '';
  try {
    // Another address, so that the command itself is loaded and runs again. What it imports is there.
    await import(`${pathToFileURL(path).href}?run=${runs}`);
    if (!(await areClosed(before)))
      failure = `would not end: ${process.getActiveResourcesInfo().join(', ')}\n`;
  } catch (error) {
    failure = inspect(error);
  }
  const code = failure === '' ? Number(process.exitCode ?? 0) : 1;
  process.exitCode = undefined;
  for (const signal of SIGNALS) process.removeAllListeners(signal);
  return { code, out: out(), err: err() + failure };
}

process.on('message', (asked: HostedRun) => {
  void run(asked).then((ended) => process.send?.(ended));
});
