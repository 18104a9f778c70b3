import { execFileSync } from 'node:child_process';
import { createServer } from 'node:net';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from '@jest/globals';
import { freePort, isFree } from '../../src/index.ts';

it('a free port is one that the operating system does not assign by itself', async () => {
  const ports = await Promise.all(Array.from({ length: 50 }, () => freePort()));
  for (const port of ports) expect([port >= 20_000, port < 32_768]).toEqual([true, true]);
});

it('no port is given twice, though nobody listens yet, and not to another process either', async () => {
  const own = await Promise.all(Array.from({ length: 700 }, () => freePort()));
  const source = pathToFileURL(resolve(import.meta.dirname, '../../src/ports.ts')).href;
  const script = `const { freePort } = await import(${JSON.stringify(source)});
    const ports = await Promise.all(Array.from({ length: 700 }, () => freePort()));
    console.log(JSON.stringify(ports));`;
  const said = execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
    encoding: 'utf8',
  });
  const all = [...own, ...(JSON.parse(said) as number[])];
  expect(new Set(all).size).toBe(1_400);
});

it('a free port stays free until somebody listens on it', async () => {
  const port = await freePort();
  const server = createServer();
  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
  expect(await isFree(port)).toBe(false);
  await new Promise((done) => server.close(done));
  expect(await isFree(port)).toBe(true);
});
