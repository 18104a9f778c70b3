import { createServer } from 'node:net';
import { expect, it } from '@jest/globals';
import { freePort, isFree } from '../../src/index.ts';

it('a free port is one that the operating system does not assign by itself', async () => {
  const ports = await Promise.all(Array.from({ length: 50 }, () => freePort()));
  for (const port of ports) expect([port >= 20_000, port < 32_768]).toEqual([true, true]);
});

it('a free port stays free until somebody listens on it', async () => {
  const port = await freePort();
  const server = createServer();
  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
  expect(await isFree(port)).toBe(false);
  await new Promise((done) => server.close(done));
  expect(await isFree(port)).toBe(true);
});
