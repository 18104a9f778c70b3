import { expect, test } from '@jest/globals';
import { createServer } from 'node:net';
import { freePort } from '@patient-access/testing';
import { refuseAddress } from './address.ts';

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
    `port ${port} is in use; choose another: PORT=8081 npm start`,
  );
  await close();
});

test('a server at another address is no hindrance where the public URL is not localhost', async () => {
  const port = await freePort();
  const close = await taken('127.0.0.2', port);
  await refuseAddress(`http://127.0.0.1:${port}`, port);
  await close();
});
