import { expect, test } from '@jest/globals';
import { createServer } from 'node:net';
import { freePort } from '@patient-access/testing';
import { refuseAddress, siteAddress } from './address.ts';

async function taken(host: string, port: number): Promise<() => Promise<unknown>> {
  const server = createServer();
  await new Promise<void>((done, failed) => server.once('error', failed).listen(port, host, done));
  return () => new Promise((done) => server.close(done));
}

test('a free port is taken, and one in use is named', async () => {
  const port = await freePort();
  await refuseAddress(`http://localhost:${port}`, port);
  const close = await taken('127.0.0.1', port);
  await expect(refuseAddress(`http://localhost:${port}`, port)).rejects.toThrow(
    `port ${port} is in use; choose another: PORT=8090 npm start`,
  );
  await close();
});

test('a server at another address is no hindrance where the public URL is not localhost', async () => {
  const port = await freePort();
  const close = await taken('127.0.0.2', port);
  await refuseAddress(`http://127.0.0.1:${port}`, port);
  await close();
});

test('the developer site is at the next port, under another name than the API', async () => {
  const port = (await freePort()) - 1;
  const at = (host: string) => siteAddress('developers', { port, publicUrl: `http://${host}:${port}` });
  expect(await at('localhost')).toEqual({ url: `http://127.0.0.1:${port + 1}`, port: port + 1 });
  expect(await at('127.0.0.1')).toEqual({ url: `http://localhost:${port + 1}`, port: port + 1 });
});

test('the developer site takes a free port when the next one is in use', async () => {
  const port = (await freePort()) - 1;
  const close = await taken('127.0.0.1', port + 1);
  const { url, port: own } = await siteAddress('developers', { port, publicUrl: `http://localhost:${port}` });
  expect(own).not.toBe(port + 1);
  expect(url).toBe(`http://127.0.0.1:${own}`);
  await close();
});
