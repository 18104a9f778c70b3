/** Stops a gateway in its own process while many requests arrive (case P09). */
import { type ChildProcess, spawn } from 'node:child_process';
import { Agent, request } from 'node:http';
import { resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { freePort } from '@patient-access/testing';
import { asOwner, NORTHWIND_BASE, newToken, startWorld, type World } from '../world.ts';

const MAIN = resolve(import.meta.dirname, '../../dist/main.js');
const SLOW_MS = 300;
const CLIENTS = 20;
const EXIT_MS = 10_000;

describe('a gateway that receives SIGTERM', () => {
  /** The other services. The gateway in it is not used. */
  let world: World;
  let gateway: ChildProcess;
  let url: string;
  let exited: Promise<number | null>;
  const agent = new Agent({ keepAlive: true });

  beforeEach(async () => {
    world = await startWorld();
    world.owner.handle = (received, response) => void setTimeout(() => asOwner(received, response), SLOW_MS);
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    gateway = spawn(process.execPath, [MAIN], {
      stdio: 'ignore',
      env: { ...world.environment, NODE_ENV: 'production', PORT: String(port) },
    });
    exited = new Promise((done) => gateway.once('exit', done));
    while (!(await isReady())) await pause();
  }, 30_000);
  afterEach(async () => {
    agent.destroy();
    gateway.kill('SIGKILL');
    await world.stop();
  });

  const pause = () => new Promise((done) => setTimeout(done, 10));
  const isReady = () =>
    get('/health/ready').then(
      ({ status }) => status === 200,
      () => false,
    );

  function get(path: string, headers: Record<string, string> = {}) {
    return new Promise<{ status: number; text: string }>((done, failed) => {
      request(`${url}${path}`, { agent, headers }, (response) => {
        let text = '';
        response.on('data', (chunk) => (text += String(chunk)));
        response.on('end', () => done({ status: response.statusCode ?? 0, text }));
        response.on('error', failed);
      })
        .on('error', failed)
        .end();
    });
  }

  it('announces it first, answers the requests that still arrive, and ends', async () => {
    const headers = { authorization: `Bearer ${newToken(world)}` };
    let ready = true;
    const seen: string[] = [];
    /** Behaves like a load balancer, which sends nothing more to a gateway that is not ready. */
    const client = async () => {
      while (ready)
        seen.push(
          await get(`${NORTHWIND_BASE}/Observation/1`, headers).then(
            ({ status, text }) => `${status} ${text.includes('of-anna')}`,
            (error: Error) => error.message,
          ),
        );
    };
    const watch = async () => {
      while (await isReady()) await pause();
      ready = false;
    };
    const all = [watch(), ...Array.from({ length: CLIENTS }, client)];
    while (seen.length < CLIENTS) await pause();
    gateway.kill('SIGTERM');
    await Promise.all(all);
    const answered = seen.length;
    const late = new Promise((done) => setTimeout(done, EXIT_MS, 'still there'));
    expect(await Promise.race([exited, late])).toBe(0);
    expect([new Set(seen), answered > CLIENTS]).toEqual([new Set(['200 true']), true]);
    await expect(get('/health/live')).rejects.toThrow('ECONNREFUSED');
  }, 30_000);
});
