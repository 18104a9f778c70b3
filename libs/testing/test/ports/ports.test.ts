import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from '@jest/globals';
import { freePort, isFree, portOfAnother, takePort } from '../../src/index.ts';

const SOURCE = pathToFileURL(resolve(import.meta.dirname, '../../src/ports.ts')).href;

it('a free port is one that the operating system does not assign by itself', async () => {
  const ports = await Promise.all(Array.from({ length: 50 }, () => freePort()));
  for (const port of ports) expect([port >= 20_000, port < 32_768]).toEqual([true, true]);
});

it('no port is given twice, though nobody listens yet, and not to a process with another TMPDIR either', async () => {
  const own = await Promise.all(Array.from({ length: 700 }, () => freePort()));
  const script = `const { freePort } = await import(${JSON.stringify(SOURCE)});
    const ports = await Promise.all(Array.from({ length: 700 }, () => freePort()));
    console.log(JSON.stringify(ports));`;
  const folder = mkdtempSync(join(tmpdir(), 'ports-'));
  const said = execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
    encoding: 'utf8',
    env: { ...process.env, TMPDIR: folder },
  });
  rmSync(folder, { recursive: true });
  const all = [...own, ...(JSON.parse(said) as number[])];
  expect(new Set(all).size).toBe(1_400);
});

it('a port that another process was given can be had when that has ended', async () => {
  const { port, end } = await portOfAnother();
  try {
    expect(await takePort(port)).toBe(false);
  } finally {
    await end();
  }
  expect([await takePort(port), await takePort(port)]).toEqual([true, true]);
});

it('a certain port can be had again by the process that was given it, and by nobody while somebody listens', async () => {
  const port = await freePort();
  expect(await takePort(port)).toBe(true);
  const server = createServer();
  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
  expect(await takePort(port)).toBe(false);
  await new Promise((done) => server.close(done));
});

it('a free port stays free until somebody listens on it', async () => {
  const port = await freePort();
  const server = createServer();
  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
  expect(await isFree(port)).toBe(false);
  await new Promise((done) => server.close(done));
  expect(await isFree(port)).toBe(true);
});
