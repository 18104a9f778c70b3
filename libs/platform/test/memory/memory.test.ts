/** What a request needed goes with its answer, in the next collection of the young generation (ADR 146). */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { endProcess } from '@patient-access/testing';

const AT_ONCE = 16;
const REQUESTS = 3_000;
/** Bytes of the old generation for each request. A request takes some 20,000 bytes in all. */
const AT_MOST = 1_000;

const PROGRAM = ['--expose-gc', '--max-semi-space-size=1', join(import.meta.dirname, 'served.mjs')];

let service: ChildProcessByStdio<null, Readable, null>;
let port: number;
beforeAll(async () => {
  service = spawn(process.execPath, PROGRAM, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [said] = (await once(service.stdout, 'data')) as [Buffer];
  port = Number(said);
}, 30_000);
afterAll(() => endProcess(service, 'SIGKILL'));

const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
afterAll(() => agent.destroy());

function ask(path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path, agent }, (response) => {
      let text = '';
      response.on('data', (chunk) => (text += String(chunk)));
      response.on('end', () => resolve(text));
    }).on('error', reject);
  });
}

async function askOften(times: number): Promise<void> {
  const one = async () => {
    for (let asked = 0; asked < times / AT_ONCE; asked += 1) await ask('/member');
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
}

const old = async () => Number(await ask('/old'));

test('a request that was answered does not wait for the collection of the whole heap', async () => {
  await askOften(REQUESTS);
  const before = await old();
  await askOften(REQUESTS);
  expect((await old()) - before).toBeLessThan(AT_MOST * REQUESTS);
}, 60_000);
