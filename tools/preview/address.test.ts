import { createServer } from 'node:net';
import { expect, test } from '@jest/globals';
import { freePort, portOfAnother } from '@patient-access/testing';
import { hindrance, refuseAddress, siteAddress } from './address.ts';

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

test('another server at a second address of localhost is named with that address', async () => {
  const port = await freePort();
  const close = await taken('127.0.0.2', port);
  const localhost = ['127.0.0.1', '127.0.0.2'];
  await expect(refuseAddress(`http://localhost:${port}`, port, localhost)).rejects.toThrow(
    `port ${port} is in use at 127.0.0.2, which localhost means too; choose another: PORT=8090 npm start`,
  );
  await close();
  await refuseAddress(`http://localhost:${port}`, port, localhost);
});

test('a machine whose localhost is ::1 alone is told which public URL to use', async () => {
  const port = await freePort();
  await expect(refuseAddress(`http://localhost:${port}`, port, ['::1'])).rejects.toThrow(
    `localhost does not mean 127.0.0.1 on this machine, and the preview listens there: PUBLIC_URL=http://127.0.0.1:${port} npm start`,
  );
});

test('an address that the machine does not have is no hindrance', async () => {
  const port = await freePort();
  await refuseAddress(`http://localhost:${port}`, port, ['127.0.0.1', '192.0.2.1']);
});

test('a port that only an administrator may open is not called in use', () => {
  expect(hindrance('EACCES', 80, '127.0.0.1')).toBe(
    'port 80 is for the administrator of this machine; choose another: PORT=8090 npm start',
  );
  expect(hindrance('EADDRINUSE', 80, '127.0.0.1')).toMatch(/^port 80 is in use;/);
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

test('the developer site leaves a port alone that another process was given, which does not listen yet', async () => {
  const { port: given, end } = await portOfAnother();
  const at = async () => {
    const port = given - 1;
    return (await siteAddress('developers', { port, publicUrl: `http://localhost:${port}` })).port;
  };
  try {
    expect(await at()).not.toBe(given);
  } finally {
    await end();
  }
  expect(await at()).toBe(given);
});
