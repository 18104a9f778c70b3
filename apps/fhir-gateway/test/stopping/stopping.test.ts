/** Stops a gateway in its own process while many requests arrive (case P09). */
import { type ChildProcess, spawn } from 'node:child_process';
import { Agent, request } from 'node:http';
import { resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { freePort } from '@patient-access/testing';
import type { AttemptReport } from '@patient-access/events';
import { asOwner, bind, NORTHWIND_BASE, newToken, startWorld, type World } from '../world.ts';

const MAIN = resolve(import.meta.dirname, '../../dist/main.js');
const SLOW_MS = 300;
const CLIENTS = 20;
const EXIT_MS = 10_000;
/** Kubernetes kills it after 30 s. */
const LAST_EXIT_MS = 25_000;
/** More than the network takes for a client that does not read. */
const LARGE = Buffer.alloc(8 * 1024 * 1024, 'x');

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

  it('ends although a client does not read its answer, and reports this and what it has counted', async () => {
    world.owner.handle = (received, response) => {
      bind(received, response);
      response.end(LARGE);
    };
    const headers = { authorization: `Bearer ${newToken(world)}` };
    const idle = request(`${url}${NORTHWIND_BASE}/Observation`, { headers }).end();
    await new Promise((done) => idle.once('response', done));
    expect((await get(`${NORTHWIND_BASE}/Observation`)).status).toBe(401);
    gateway.kill('SIGTERM');
    const late = new Promise((done) => setTimeout(done, LAST_EXIT_MS, 'still there').unref());
    expect(await Promise.race([exited, late])).toBe(0);
    const reports = world.auth.received
      .filter(({ url: path }) => path === '/internal/attempts')
      .flatMap(({ body }) => JSON.parse(body) as AttemptReport[]);
    expect(reports.map(({ reason }) => reason).sort()).toEqual(['client-left', 'token-missing']);
  }, 60_000);
});
