import { fork } from 'node:child_process';
import { join } from 'node:path';

export interface Limits {
  database: string;
  type: string;
  url: string;
  pid: number;
  stop(): void;
}

/** Starts the bare servers for one type. They read the product's data in the same Postgres. */
export async function startLimits(databaseUrl: string, database: string, type: string): Promise<Limits> {
  const settings = JSON.stringify({ databaseUrl, type });
  const child = fork(join(import.meta.dirname, 'server.ts'), [settings], { env: {} });
  const port = await new Promise<number>((done, failed) => {
    child.once('message', (message) => done(Number(message)));
    child.once('exit', () => failed(new Error('the limits did not start')));
  });
  const url = `http://127.0.0.1:${port}`;
  return { database, type, url, pid: child.pid ?? 0, stop: () => void child.kill() };
}
