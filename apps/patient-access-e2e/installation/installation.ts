/** A whole installation in a directory of its own, started as its users start it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type PreviewDescription, readPreview } from '@patient-access/preview';
import { COMPILE_CACHE, freePort } from '@patient-access/testing';

const root = resolve(import.meta.dirname, '../../..');
const START_MS = 240_000;

export interface JourneyInstallation {
  directory: string;
  port: number;
  preview: PreviewDescription;
  process: ChildProcess;
  /** what it printed */
  output(): string;
  stop(): Promise<number | null>;
}

/**
 * The directory is as readable as a checkout usually is, because Postgres runs as another user when the test runs as
 * root.
 */
function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'patient-access-e2e-'));
  chmodSync(directory, 0o755);
  return directory;
}

/**
 * Runs the program of `npm start`.
 * @returns when it has printed that it runs
 * @throws Error with its output otherwise; it has ended then
 */
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
  }).catch(async (error: unknown) => {
    await stop(child);
    throw error;
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

/** Starts a program of the repository with only the given environment. */
function run(program: string, args: string[], env: NodeJS.ProcessEnv) {
  const child = spawn(process.execPath, [join(root, program), ...args], {
    cwd: root,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...COMPILE_CACHE, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let text = '';
  child.stdout.on('data', (chunk) => (text += String(chunk)));
  child.stderr.on('data', (chunk) => (text += String(chunk)));
  return { child, said: () => text };
}

/** Stops a program as Ctrl-C does. @returns the exit code */
async function stop(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const exited = new Promise<number | null>((done) => child.once('exit', (code) => done(code)));
  child.kill('SIGINT');
  return exited;
}

/** Runs a program until it ends. */
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

/** The whole log of a service. */
export function logOf(directory: string, service: string): string {
  return readFileSync(join(directory, 'logs', `${service}.log`), 'utf8');
}
