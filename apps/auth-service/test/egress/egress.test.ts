/** Tests egress with a server that counts its connections. */
import { createServer, type Socket } from 'node:net';
import type { AddressInfo, LookupFunction } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { runningClock } from '@patient-access/testing';
import { reachOf } from '../../src/egress/addresses.ts';
import { createEgress } from '../../src/egress/egress.ts';
import { type KeyServer, startKeyServer } from '../keys.ts';

const preview = createEgress({ loopback: true });
const production = createEgress({ loopback: false });

/** A resolver that returns the given lists of addresses, one after the other. */
function resolver(...answers: string[][]) {
  const asked: string[] = [];
  const lookup: LookupFunction = (hostname, _options, callback) => {
    const addresses = answers[Math.min(asked.length, answers.length - 1)] ?? [];
    asked.push(hostname);
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  };
  return { asked, lookup };
}

describe('egress', () => {
  let server: KeyServer;
  let port: string;
  beforeAll(async () => {
    server = await startKeyServer();
    port = new URL(server.url).port;
  });
  afterAll(() => server?.stop());
  beforeEach(() => {
    server.connections = 0;
    server.requests.length = 0;
    server.answer = undefined;
  });

  it('O19: connects to loopback where its rules allow it', async () => {
    for (const host of ['127.0.0.1', 'localhost'])
      expect((await preview(`http://${host}:${port}/`)).status).toBe(200);
    expect(server.connections).toBe(2);
  });

  it.each([
    'http://127.0.0.1',
    'https://127.0.0.1',
    'https://localhost',
    'https://127.1',
    'https://2130706433',
    'https://0x7f000001',
    'https://0177.0.0.1',
    'https://[::1]',
    'https://[::ffff:127.0.0.1]',
    'https://[::ffff:7f00:1]',
    'https://[64:ff9b::7f00:1]',
    'https://[::127.0.0.1]',
    'https://0.0.0.0',
    'https://[::]',
  ])('O19: does not connect to %s otherwise', async (origin) => {
    await expect(production(`${origin}:${port}/`)).rejects.toThrow('no requests are made to');
    expect(server.connections).toBe(0);
  });

  it.each([
    'http://[::ffff:127.0.0.1]',
    'http://0.0.0.0',
    'http://[::]',
    'http://169.254.169.254',
    'https://10.0.0.1',
    'http://198.51.100.1',
    'http://93.184.215.14',
  ])('O19: never connects to %s', async (origin) => {
    await expect(preview(`${origin}:${port}/`)).rejects.toThrow('no requests are made to');
    expect(server.connections).toBe(0);
  });

  it('O19: checks all addresses of a name before it connects', async () => {
    for (const addresses of [
      ['127.0.0.1'],
      ['93.184.215.14', '127.0.0.1'],
      ['::1'],
      ['::ffff:10.0.0.1'],
      [],
    ]) {
      const { lookup, asked } = resolver(addresses);
      const egress = createEgress({ loopback: false, lookup });
      await expect(egress(`https://keys.example:${port}/`)).rejects.toThrow('no requests are made to');
      expect(asked).toEqual(['keys.example']);
    }
    expect(server.connections).toBe(0);
  });

  it('O19: connects to the address that it checked, without a second look-up', async () => {
    const { lookup, asked } = resolver(['127.0.0.1'], ['10.0.0.1']);
    const egress = createEgress({ loopback: true, lookup });
    expect((await egress(`http://rebinding.example:${port}/`)).status).toBe(200);
    expect(asked).toHaveLength(1);
    await expect(egress(`http://rebinding.example:${port}/`)).rejects.toThrow('no requests are made to');
    expect([asked.length, server.connections]).toEqual([2, 1]);
  });

  it.each([
    'ftp://example.com/',
    'file:///etc/passwd',
    'https://u:p@example.com/',
    'data:,x',
    '',
    'example.com',
  ])('refuses the URL %j', async (url) => {
    await expect(preview(url)).rejects.toThrow('no requests are made to');
  });

  it('O19: follows no redirect', async () => {
    server.answer = (response) => void response.writeHead(302, { location: server.url }).end();
    expect((await preview(server.url)).status).toBe(302);
    expect(server.requests).toHaveLength(1);
  });

  it('O19: reads 64 KiB at most, with or without Content-Length', async () => {
    server.answer = (response) => void response.writeHead(200).end('x'.repeat(64 * 1024));
    expect((await (await preview(server.url)).text()).length).toBe(64 * 1024);
    server.answer = (response) => void response.writeHead(200).end('x'.repeat(64 * 1024 + 1));
    await expect(preview(server.url)).rejects.toThrow('too long');
    server.answer = (response) => {
      response.writeHead(200);
      const endless = setInterval(() => response.write('x'.repeat(16 * 1024)), 5);
      response.on('close', () => clearInterval(endless));
    };
    await expect(preview(server.url)).rejects.toThrow('too long');
  });

  it('O19: fails after 2.5 seconds, even if the body arrives slowly', async () => {
    const silent = (response: Parameters<NonNullable<KeyServer['answer']>>[0]) =>
      void response.setHeader('x', 'y');
    const dripping = (response: Parameters<NonNullable<KeyServer['answer']>>[0]) => {
      response.writeHead(200);
      const drip = setInterval(() => response.write('x'), 100);
      response.on('close', () => clearInterval(drip));
    };
    const [started, ran] = [Date.now(), runningClock()];
    server.answer = silent;
    const first = preview(server.url);
    await new Promise((resolve) => setTimeout(resolve, 50));
    server.answer = dripping;
    const second = preview(server.url);
    for (const outcome of await Promise.allSettled([first, second])) expect(outcome.status).toBe('rejected');
    expect(Date.now() - started).toBeGreaterThan(2_300);
    expect(ran()).toBeLessThan(4_000);
  });

  it('counts no time in which the whole process stood still', async () => {
    server.answer = (response) => {
      setTimeout(() => response.writeHead(200).end('here'), 100);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2_600);
    };
    expect(await (await preview(server.url)).text()).toBe('here');
  });

  it('D22: connects only to the hosts that it was created for', async () => {
    // A server of its own, because what the test before has aborted may still connect to the shared one.
    const own = await startKeyServer();
    const { host, port: ownPort } = new URL(own.url.replace('localhost', '127.0.0.1'));
    const egress = createEgress({ loopback: true, hosts: new Set([host]) });
    expect((await egress(`http://${host}/`)).status).toBe(200);
    await expect(egress(`http://localhost:${ownPort}/`)).rejects.toThrow('no requests are made to');
    expect(own.connections).toBe(1);
    await own.stop();
  });

  it('sends forms like fetch, and stops at the signal of the caller', async () => {
    const received = await new Promise<string>((resolve, reject) => {
      server.answer = (response) => void response.writeHead(204).end();
      const body = new URLSearchParams({ grant_type: 'authorization_code' });
      const headers = new Headers({ 'content-type': 'application/x-www-form-urlencoded' });
      preview(server.url, { method: 'POST', headers, body }).then(
        ({ status }) => resolve(`${status} ${server.requests[0]?.['content-length']}`),
        reject,
      );
    });
    expect(received).toBe('204 29');
    await expect(preview(server.url, { signal: AbortSignal.abort() })).rejects.toThrow();
  });
});

describe('TLS', () => {
  it('SMART 90: is offered from version 1.2 on', async () => {
    const hello = await new Promise<Buffer>((resolve, reject) => {
      const server = createServer((socket: Socket) => {
        socket.on('error', () => undefined);
        socket.once('data', (bytes) => {
          resolve(bytes);
          socket.destroy();
          server.close();
        });
      });
      server.listen(0, '127.0.0.1', () => {
        const { port } = server.address() as AddressInfo;
        preview(`https://127.0.0.1:${port}/`).catch(() => undefined);
      });
      server.on('error', reject);
    });
    // supported_versions (RFC 8446 section 4.2.1): type 43, length, length of the list, versions.
    const versions = /002b00..(..)((?:03..)+)/.exec(hello.toString('hex'));
    const offered = versions?.[2]?.slice(0, 2 * parseInt(versions[1] ?? '0', 16)).match(/..../g);
    expect(offered?.sort()).toEqual(['0303', '0304']);
  });
});

describe('the network of an address', () => {
  it.each([
    ['public', '93.184.215.14 8.8.8.8 2606:2800:21f:cb07:6820:80da:af6b:8b2c'],
    ['loopback', '127.0.0.1 127.255.255.254 ::1'],
    ['nowhere', '10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 100.64.0.1 169.254.169.254 0.0.0.0 0.1.2.3'],
    ['nowhere', '224.0.0.1 239.1.1.1 240.0.0.1 255.255.255.255 192.0.0.8 192.0.2.1 198.18.0.1 203.0.113.9'],
    ['nowhere', ':: fe80::1 fe80::1%eth0 fec0::1 fc00::1 fd12:3456::1 ff02::1 100::1 2001:db8::1 4000::1'],
    [
      'nowhere',
      '::ffff:8.8.8.8 ::ffff:0:8.8.8.8 ::8.8.8.8 64:ff9b::808:808 2002:808:808::1 2001:0:808:808::1',
    ],
    ['nowhere', 'localhost example.com 1.2.3 - 999.1.1.1'],
  ] as const)('is %s: %s', (reach, addresses) => {
    for (const address of addresses.split(' ')) expect([address, reachOf(address)]).toEqual([address, reach]);
  });
});
