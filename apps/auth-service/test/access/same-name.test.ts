/** Two apps of one name have read a member's data (security case O15). The trail is a server in the place of audit-service. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
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

const TENANT = 'northwind';

describe('the page "Who saw my data", with two apps of one name,', () => {
  let world: World;
  let trail: Server;
  let accesses: MemberAccess[] = [];
  let patient = 'maria';
  beforeEach(() => void (accesses = []));
  beforeAll(async () => {
    trail = createServer(({ url = '', headers }, response) => {
      const { pathname } = new URL(url, 'http://audit');
      if (pathname === pathTo(MEMBER_ACCESSES_PATH, { tenant: TENANT })) {
        const requestId = String(headers['x-request-id']);
        response.writeHead(200, bindingHeaders({ requestId, subject: { tenant: TENANT, patient } }));
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

  /** @param by the login that connects it, where the member looks at it with another one */
  async function connected(client_name: string, host: string, by?: string) {
    const redirect = host === '' ? 'com.example.diary:/back' : `https://${host}/back`;
    const app = await registerApp(world, { client_name, redirect_uris: [redirect] });
    await getTokens(world, app, {}, by);
    const { rows } = await world.db.query<{ sub: string }>('SELECT sub FROM account WHERE login = $1', [by]);
    accesses.push({
      ...{ day: '2026-05-03', app: app.client_id, name: client_name, login: rows[0]?.sub ?? null, times: 1 },
      ...{ happened: 'read', type: 'Coverage', resources: 1 },
    });
  }

  it('O15: says where each of them goes back to, and of no other app', async () => {
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

  it('O15: says so of apps that were connected with the login of somebody else', async () => {
    patient = 'cora';
    await connected('Twin Diary', 'three.example', 'rita.related');
    await connected('Twin Diary', '', 'rita.related');
    const browser = new Browser(world.url);
    const url = `${world.url}/auth/northwind/access`;
    const words = wordsOf(await browser.logIn(await browser.open(url), 'gina.guardian', PASSWORD));
    expect(words).toContain('Twin Diary (goes back to three.example, on 1 day) read the coverage');
    expect(words).toContain('Twin Diary (goes back to an app on a device, on 1 day) read the coverage');
    expect(words).toContain('(goes back to three.example, through the login of rita.related) read');
  });

  it('says of a login without a name, as at the plan’s identity provider, that somebody acts for the person', async () => {
    patient = 'cora';
    await connected('Diary', 'four.example', 'rita.related');
    await world.db.query(`WITH delegate AS (INSERT INTO account (tenant, sub, proofing)
        VALUES ('northwind', '6f1c2d4e-0000-4000-8000-000000000001', 'federated') RETURNING tenant, sub)
      INSERT INTO account_member (tenant, sub, patient, relationship, name, position)
      SELECT tenant, sub, 'cora', 'child', 'Cora Okafor', 0 FROM delegate`);
    accesses = accesses.map((access) => ({ ...access, login: '6f1c2d4e-0000-4000-8000-000000000001' }));
    const browser = new Browser(world.url);
    const url = `${world.url}/auth/northwind/access`;
    const words = wordsOf(await browser.logIn(await browser.open(url), 'gina.guardian', PASSWORD));
    expect(words).toContain(
      'Diary (through the login of somebody who acts for this person) read the coverage',
    );
  });

  it('does not say so of the person’s own login there, after her own relation has ended', async () => {
    patient = 'cora';
    await connected('Diary', 'five.example', 'rita.related');
    await world.db.query(`WITH own AS (INSERT INTO account (tenant, sub, proofing)
        VALUES ('northwind', '6f1c2d4e-0000-4000-8000-000000000002', 'federated') RETURNING tenant, sub)
      INSERT INTO account_member (tenant, sub, patient, relationship, name, position, until)
      SELECT tenant, sub, patient, relationship, name, position, until::date FROM own,
        (VALUES ('cora', 'self', 'Cora Okafor', 0, '2020-01-31'), ('maria', 'spouse', 'Maria Castellan', 1, NULL))
          AS m (patient, relationship, name, position, until)`);
    accesses = accesses.map((access) => ({ ...access, login: '6f1c2d4e-0000-4000-8000-000000000002' }));
    const browser = new Browser(world.url);
    const url = `${world.url}/auth/northwind/access`;
    const words = wordsOf(await browser.logIn(await browser.open(url), 'gina.guardian', PASSWORD));
    expect(words).toContain('Diary (through a login that has no name any more) read the coverage');
  });
});
