/** A whole installation, started as its users start it, in a directory of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type PreviewDescription, readPreview } from '@patient-access/preview';
import { freePort } from '@patient-access/testing';

const root = resolve(import.meta.dirname, '../../..');
const START_MS = 90_000;

export interface JourneyInstallation {
  directory: string;
  port: number;
  preview: PreviewDescription;
  process: ChildProcess;
  /** what it printed */
  output(): string;
  stop(): Promise<number | null>;
}

/** As readable as a checkout usually is: as root, Postgres runs as somebody else. */
function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'patient-access-e2e-'));
  chmodSync(directory, 0o755);
  return directory;
}

/** Runs `npm start`'s own program. @returns when it printed that it runs @throws Error with what it printed otherwise */
export async function install(
  options: { directory?: string; port?: number; env?: NodeJS.ProcessEnv; args?: string[] } = {},
): Promise<JourneyInstallation> {
  const directory = options.directory ?? temporaryDirectory();
  const port = options.port ?? (await freePort());
  const { child, said } = run('tools/preview/main.ts', options.args ?? ['--members', '20'], {
    PORT: String(port),
    LOCAL_DIR: directory,
    ...options.env,
  });
  await new Promise<void>((done, failed) => {
    const timer = setTimeout(() => failed(new Error(`not started in time: ${said()}`)), START_MS);
    child.stdout?.on('data', () => said().includes('Stop:') && (clearTimeout(timer), done()));
    child.once('exit', () => (clearTimeout(timer), failed(new Error(said()))));
  });
  return {
    directory,
    port,
    preview: readPreview(directory),
    process: child,
    output: said,
    stop: () => stop(child),
  };
}

/** Starts one of the repository's programs with nothing in its environment but what is given. */
function run(program: string, args: string[], env: NodeJS.ProcessEnv) {
  const child = spawn(process.execPath, [join(root, program), ...args], {
    cwd: root,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let text = '';
  child.stdout.on('data', (chunk) => (text += String(chunk)));
  child.stderr.on('data', (chunk) => (text += String(chunk)));
  return { child, said: () => text };
}

/** As Ctrl-C does. @returns the exit code */
async function stop(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null) return child.exitCode;
  const exited = new Promise<number | null>((done) => child.once('exit', (code) => done(code)));
  child.kill('SIGINT');
  return exited;
}

/** Runs a program to its end. */
export async function runToEnd(
  program: string,
  args: string[],
  env: NodeJS.ProcessEnv,
  input = '',
): Promise<{ code: number | null; said: string }> {
  const { child, said } = run(program, args, env);
  child.stdin.end(input);
  const code = await new Promise<number | null>((done) => child.once('exit', (exit) => done(exit)));
  return { code, said: said() };
}

export function remove(directory: string): void {
  rmSync(directory, { recursive: true, force: true });
}

/** The log of a service, whole. */
export function logOf(directory: string, service: string): string {
  return readFileSync(join(directory, 'logs', `${service}.log`), 'utf8');
}
