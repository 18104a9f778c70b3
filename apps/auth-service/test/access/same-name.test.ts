/** Two apps of one name have read a member's data (security case O15). The trail is a server in the place of audit-service. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  bindingHeaders,
  MEMBER_ACCESSES_PATH,
  type MemberAccess,
  pathTo,
} from '@patient-access/internal-api';
import { getTokens, registerApp } from '../app.ts';
import { wordsOf } from '../apps/member.ts';
import { Browser } from '../browser.ts';
import { PASSWORD, startWorld, type World } from '../world.ts';

const SUBJECT = { tenant: 'northwind', patient: 'maria' };

describe('the page "Who saw my data", with two apps of one name,', () => {
  let world: World;
  let trail: Server;
  const accesses: MemberAccess[] = [];
  beforeAll(async () => {
    trail = createServer(({ url = '', headers }, response) => {
      const { pathname } = new URL(url, 'http://audit');
      if (pathname === pathTo(MEMBER_ACCESSES_PATH, SUBJECT)) {
        const requestId = String(headers['x-request-id']);
        response.writeHead(200, bindingHeaders({ requestId, subject: SUBJECT }));
        response.end(JSON.stringify({ accesses, complete: true }));
      } else if (pathname.startsWith('/internal/database-marks')) {
        response.end(JSON.stringify({ highest: 0 }));
      } else response.writeHead(503).end();
    });
    await once(trail.listen(0, '127.0.0.1'), 'listening');
    const auditUrl = `http://127.0.0.1:${(trail.address() as AddressInfo).port}`;
    world = await startWorld({ auditUrl });
  }, 60_000);
  afterAll(async () => {
    await world?.stop();
    trail?.close();
  });

  it('O15: says where each of them goes back to, and of no other app', async () => {
    const connected = async (client_name: string, host: string) => {
      const app = await registerApp(world, { client_name, redirect_uris: [`https://${host}/back`] });
      await getTokens(world, app);
      accesses.push({
        ...{ day: '2026-05-03', app: app.client_id, name: client_name, login: null, times: 1 },
        ...{ happened: 'read', type: 'Coverage', resources: 1 },
      });
    };
    await connected('Twin Diary', 'one.example');
    await connected('TWIN D1ARY', 'two.example');
    await connected('Only Diary', 'only.example');
    const url = `${world.url}/auth/northwind/access`;
    const browser = new Browser(world.url);
    const words = wordsOf(await browser.logIn(await browser.open(url), 'maria.many', PASSWORD));
    expect(words).toContain('Twin Diary (goes back to one.example, on 1 day) read your coverage');
    expect(words).toContain('TWIN D1ARY (goes back to two.example, on 1 day) read your coverage');
    expect(words).toContain('Only Diary (on 1 day) read your coverage');
    expect(words).toContain('Twin Diary (goes back to one.example) read your coverage');
  });
});
