/** Which requests the site passes on to auth-service, and what of them. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startSite } from './world.ts';

/** As auth-service refuses one registration too many. */
const TOO_MANY = {
  'content-type': 'text/html',
  'retry-after': '1200',
  ratelimit: '"registration";r=0;t=1200',
  'ratelimit-policy': '"registration";q=30;w=3600',
};

let auth: Server;
let asked: { method?: string; url?: string; headers: IncomingMessage['headers']; body: string }[] = [];
let site: Awaited<ReturnType<typeof startSite>>;

beforeAll(async () => {
  auth = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += chunk));
    request.on('end', () => {
      const { method, url, headers } = request;
      asked.push({ method, url, headers, body });
      if (url === '/account/nowhere') return void response.writeHead(404).end('{}');
      if (url === '/account/lakeside/new') return void response.writeHead(429, TOO_MANY).end('too many');
      response.setHeader('set-cookie', ['developer=1; Path=/account/lakeside', 'other=2']);
      response.writeHead(303, {
        location: '/account/lakeside',
        'x-secret': 'no',
        'content-type': 'text/html',
      });
      response.end('passed on');
    });
  });
  await once(auth.listen(0, '127.0.0.1'), 'listening');
  const { port } = auth.address() as AddressInfo;
  site = await startSite({ AUTH_URL: `http://127.0.0.1:${port}` });
});
afterAll(async () => {
  await site.stop();
  auth.close();
});
beforeEach(() => void (asked = []));

/** A request line as it stands here: no client corrects it. */
async function send(target: string): Promise<number> {
  const { hostname, port } = new URL(site.url);
  const socket = connect(Number(port), hostname);
  socket.write(`GET ${target} HTTP/1.1\r\nhost: site\r\nconnection: close\r\n\r\n`);
  let answer = '';
  for await (const chunk of socket) answer += String(chunk);
  return Number(/^HTTP\/1.1 (\d+)/.exec(answer)?.[1]);
}

describe('the developer site', () => {
  it('passes on a form with its cookie and address, and the answer with its cookies', async () => {
    const answer = await fetch(`${site.url}/account/lakeside/login`, {
      method: 'POST',
      body: new URLSearchParams({ email: 'dana@apps.example' }),
      headers: {
        accept: 'text/html',
        cookie: 'developer=0',
        authorization: 'Bearer x',
        'x-forwarded-for': '198.51.100.7',
        'x-request-id': '00000000-0000-4000-8000-000000000000',
      },
      redirect: 'manual',
    });
    expect([answer.status, answer.headers.get('location'), answer.headers.get('x-secret')]).toEqual([
      303,
      '/account/lakeside',
      null,
    ]);
    expect(answer.headers.getSetCookie()).toHaveLength(2);
    const [{ headers, ...rest } = { headers: {} as IncomingMessage['headers'] }] = asked;
    expect(rest).toEqual({
      method: 'POST',
      url: '/account/lakeside/login',
      body: 'email=dana%40apps.example',
    });
    expect(headers).toMatchObject({
      accept: 'text/html',
      cookie: 'developer=0',
      'x-forwarded-for': '198.51.100.7',
    });
    expect(headers['authorization']).toBeUndefined();
    expect(headers['x-request-id']).not.toBe('00000000-0000-4000-8000-000000000000');
  });

  it.each([
    '/account/../auth/lakeside/apps',
    '/account/%2e%2e/auth/lakeside/apps',
    '/account/lakeside/..%2f..%2fauth/lakeside/apps',
    '/account/lakeside/../../auth/lakeside/apps',
    '/account/lakeside\\..\\..\\auth',
    '/account//auth.example/x',
    '/auth/lakeside/apps',
    '/auth/style.css/../lakeside/apps',
    '/internal/admin/lakeside/clients',
    '/account',
  ])('O97: never asks for %s', async (target) => {
    expect([400, 404]).toContain(await send(target));
    expect(asked).toEqual([]);
  });

  it('says 503 while auth-service cannot be reached, and has its own pages all the same', async () => {
    const alone = await startSite();
    const statuses = ['/account/lakeside/login', '/'].map(
      async (path) => (await fetch(`${alone.url}${path}`)).status,
    );
    expect(await Promise.all(statuses)).toEqual([503, 200]);
    await alone.stop();
  });

  it('shows a person a page, and not JSON, while auth-service cannot be reached', async () => {
    const alone = await startSite();
    const answer = await fetch(`${alone.url}/account/lakeside/login`, { headers: { accept: 'text/html' } });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([503, 'text/html; charset=utf-8']);
    expect(await answer.text()).toContain('Please try again in a few minutes');
    await alone.stop();
  });

  it.each(['/account/nowhere', '/account/lakeside/%20', '/account/'])(
    'shows a person the page of the site for a path that is nothing: %s',
    async (path) => {
      const answer = await fetch(`${site.url}${path}`, { headers: { accept: 'text/html' } });
      expect([answer.status, answer.headers.get('content-type')]).toEqual([404, 'text/html; charset=utf-8']);
      expect(await answer.text()).toContain('Patient Access API');
    },
  );

  it.each([
    ['en', 'choose a smaller one'],
    ['es', 'elija uno más pequeño'],
  ])('says that a file is too large, and not that the browser is at fault: %s', async (language, words) => {
    const body = new FormData();
    body.set('logo', new Blob(['x'.repeat(1_100_000)], { type: 'image/png' }), 'logo.png');
    const headers = { accept: 'text/html', 'accept-language': language };
    const answer = await fetch(`${site.url}/account/lakeside/new`, { method: 'POST', body, headers });
    expect([answer.status, asked.length]).toEqual([413, 0]);
    expect(await answer.text()).toContain(words);
  });

  it('passes on when and how often one may register', async () => {
    const answer = await fetch(`${site.url}/account/lakeside/new`, {
      method: 'POST',
      body: new URLSearchParams(),
    });
    expect(answer.status).toBe(429);
    expect(Object.fromEntries(answer.headers)).toMatchObject(TOO_MANY);
  });

  it('passes on the style sheet of the pages', async () => {
    expect(await send('/auth/style.css')).toBe(303);
  });
});
