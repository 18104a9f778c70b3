import { generateKeyPairSync } from 'node:crypto';
import { get } from 'node:http';
import { urlToHttpOptions } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { administer } from '../administration.ts';
import { Browser } from '../browser.ts';
import { startAuthorization, post, REDIRECT, registerApp } from '../app.ts';
import { takeEvents } from '../events.ts';
import {
  ADMIN_SECRET,
  GATEWAY_BASIC,
  NEXT_ADMIN_SECRET,
  startWorld,
  tenantOf,
  type World,
} from '../world.ts';

const FACTS = {
  publisher: 'Diary Inc.',
  domain: 'app.example',
  contact: 'help@app.example',
  policy: 'https://diary.example/privacy',
};

describe('administration of clients', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  }, 60_000);
  afterAll(() => world?.stop());

  const metadata = { client_name: 'Official Diary', redirect_uris: [REDIRECT] };
  const at = (client: { client_id?: unknown }, act = '') =>
    `northwind/clients/${String(client.client_id)}${act}`;

  const introspectAs = (id: string, secret: string) =>
    post(`${tenantOf(world).issuer}/introspect`, new URLSearchParams({ token: 'x' }), {
      authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
    });

  it('registers, lists, shows, changes and deletes clients', async () => {
    const made = await administer(world, 'POST', 'northwind/clients', metadata);
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      registered_by: 'plan',
      verified: false,
      client_name: 'Official Diary',
    });
    expect(
      (await introspectAs(String(made.body['client_id']), String(made.body['client_secret']))).status,
    ).toBe(200);
    const { body: list } = await administer(world, 'GET', 'northwind/clients');
    const { client_secret: _secret, ...described } = made.body;
    expect(list['clients']).toContainEqual(described);
    const change = { client_uri: 'https://app.example/', client_name: null };
    const { body: set } = await administer(world, 'PATCH', at(made.body), change);
    expect(set).toMatchObject({ client_uri: 'https://app.example/', redirect_uris: [REDIRECT] });
    expect(set).not.toHaveProperty('client_name');
    expect((await administer(world, 'GET', at(made.body))).body).toEqual(set);
    expect((await administer(world, 'DELETE', at(made.body))).status).toBe(204);
    expect((await administer(world, 'GET', at(made.body))).status).toBe(404);
  });

  it('reports an error in one line', async () => {
    const wrong = await administer(world, 'POST', 'northwind/clients', {
      redirect_uris: ['http://x.example/'],
    });
    expect([wrong.status, wrong.body]).toEqual([
      400,
      {
        error: 'invalid_redirect_uri',
        error_description: expect.stringMatching(/^redirect_uris must use https/),
      },
    ]);
    const app = await registerApp(world);
    for (const [path, body, status] of [
      [at(app, '/verify'), {}, 400],
      [at(app, '/rotate-secret'), {}, 400],
      [at(app), { token_endpoint_auth_method: 'client_secret_basic' }, 400],
      [at({ client_id: 'nobody' }, '/ban'), {}, 404],
      ['nowhere/clients/x/ban', {}, 404],
    ] as const) {
      const answer = await administer(world, path.endsWith(app.client_id) ? 'PATCH' : 'POST', path, body);
      expect([path, answer.status, answer.body['error_description']]).toEqual([
        path,
        status,
        expect.any(String),
      ]);
    }
  });

  it('verifies publisher, domain, contact and policy, which members then see as facts', async () => {
    const app = await registerApp(world, { policy_uri: 'https://app.example/mine' });
    const { status, body } = await administer(world, 'POST', at(app, '/verify'), FACTS);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      verified: true,
      publisher: 'Diary Inc.',
      verified_domain: 'app.example',
      contacts: ['help@app.example'],
      policy_uri: 'https://diary.example/privacy',
    });
    const browser = new Browser(world.url);
    const consent = await browser.logIn(
      await browser.open(startAuthorization(world, app).url),
      'maria.many',
      'correct horse battery staple',
    );
    expect(consent.html).not.toContain('Not verified by your plan');
  });

  it.each([
    ['another host', { redirect_uris: [REDIRECT, 'https://evil.example/callback'] }],
    ['a sub-domain', { redirect_uris: ['https://www.app.example/callback'] }],
    ['a home page elsewhere', { client_uri: 'https://evil.example/' }],
    ['no host at all', { redirect_uris: ['com.example.app:/callback'] }],
  ])('does not verify the domain of a client with %s', async (_name, change) => {
    const app = await registerApp(world, change);
    const { status, body } = await administer(world, 'POST', at(app, '/verify'), FACTS);
    expect([status, body['error_description']]).toEqual([400, expect.stringMatching(/^domain: /)]);
  });

  it('O17: refuses addresses of a verified client outside its domain', async () => {
    const app = await registerApp(world);
    await administer(world, 'POST', at(app, '/verify'), FACTS);
    const away = await administer(world, 'PATCH', at(app), { redirect_uris: ['https://evil.example/'] });
    expect(away.status).toBe(400);
    const more = await administer(world, 'PATCH', at(app), { redirect_uris: [REDIRECT, `${REDIRECT}/2`] });
    expect(more.body).toMatchObject({ verified: true, verified_domain: 'app.example' });
  });

  it('O20: rotates a secret; the old one is accepted during the overlap', async () => {
    const { body } = await administer(world, 'POST', 'northwind/clients', metadata);
    const [id, old] = [String(body['client_id']), String(body['client_secret'])];
    const good = async (secret: unknown) => (await introspectAs(id, String(secret))).status === 200;
    const first = (await administer(world, 'POST', at(body, '/rotate-secret'), {})).body;
    const hours = (Date.parse(String(first['previous_secret_good_until'])) - Date.now()) / 3_600_000;
    expect(Math.round(hours)).toBe(24);
    expect([await good(old), await good(first['client_secret'])]).toEqual([true, true]);
    const second = (await administer(world, 'POST', at(body, '/rotate-secret'), { overlap_hours: 0 })).body;
    expect([
      await good(old),
      await good(first['client_secret']),
      await good(second['client_secret']),
    ]).toEqual([false, false, true]);
    const { rows } = await world.db.query('SELECT client::text AS row FROM client');
    for (const secret of [old, first['client_secret'], second['client_secret']])
      expect(JSON.stringify(rows)).not.toContain(secret);
  });

  it('SMART 114: pre-authorizes a backend service, which only the plan can register', async () => {
    const key = generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey.export({ format: 'jwk' });
    const service = {
      client_name: 'CMS auditors',
      grant_types: ['client_credentials'],
      token_endpoint_auth_method: 'private_key_jwt',
      jwks: { keys: [{ ...key, kid: 'a' }] },
      scope: 'system/Practitioner.rs',
    };
    const { status, body } = await administer(world, 'POST', 'northwind/clients', service);
    expect([status, body['system_scope']]).toEqual([201, 'system/Practitioner.rs']);
    const set = await administer(world, 'PATCH', at(body), { scope: 'system/Organization.rs' });
    expect(set.body).toMatchObject({ system_scope: 'system/Organization.rs', jwks: service.jwks });
    expect(
      (await post(`${tenantOf(world).issuer}/register`, { ...service, client_name: 'Auditors' })).status,
    ).toBe(400);
    const secret = await administer(world, 'POST', 'northwind/clients', {
      ...service,
      token_endpoint_auth_method: 'client_secret_basic',
    });
    expect(secret.status).toBe(400);
  });

  it('records each act with the name of the administrator', async () => {
    await takeEvents(world);
    const { body } = await administer(world, 'POST', 'northwind/clients', metadata);
    await administer(world, 'POST', at(body, '/verify'), FACTS);
    await administer(world, 'POST', at(body, '/rotate-secret'), {});
    await administer(world, 'PATCH', at(body), { tos_uri: 'https://app.example/terms' });
    await administer(world, 'POST', 'northwind/registration-tokens', {});
    await administer(world, 'DELETE', at(body));
    const recorded = await takeEvents(world);
    expect(recorded.map(({ kind, action, user }) => `${kind} ${action} ${user?.sub}`)).toEqual([
      'administration client-register ada',
      'administration client-verify ada',
      'administration client-rotate-secret ada',
      'administration client-set ada',
      'administration registration-token-create ada',
      'administration client-delete ada',
    ]);
    expect(JSON.stringify(recorded)).not.toContain(body['client_secret']);
  });

  it('rolls an act back when its event cannot be stored', async () => {
    const app = await registerApp(world);
    await world.db.query('ALTER TABLE outbox RENAME TO outbox_away');
    try {
      expect((await administer(world, 'POST', at(app, '/ban'), {})).status).toBe(500);
    } finally {
      await world.db.query('ALTER TABLE outbox_away RENAME TO outbox');
    }
    expect((await administer(world, 'GET', at(app))).body).not.toHaveProperty('banned_at');
  });

  it.each([
    ['nothing', ''],
    ['the gateway’s credential', GATEWAY_BASIC],
    ['a wrong secret', 'Bearer administration-secret-of-somebody-else'],
    ['the setting as it stands', `Bearer ${NEXT_ADMIN_SECRET},${ADMIN_SECRET}`],
  ])('refuses %s', async (_name, authorization) => {
    for (const path of ['northwind/clients', 'nowhere/clients', 'northwind/registration-tokens']) {
      expect((await administer(world, 'GET', path, undefined, authorization)).status).toBe(401);
    }
  });

  it('takes the secret that replaces another one, as long as both are set, in a scheme of any case', async () => {
    for (const scheme of ['Bearer', 'bearer'])
      for (const path of ['northwind/clients', 'northwind/registration-tokens']) {
        const authorization = `${scheme} ${NEXT_ADMIN_SECRET}`;
        expect((await administer(world, 'GET', path, undefined, authorization)).status).toBe(200);
      }
  });

  it('is not reachable through the paths of the gateway', async () => {
    const headers = { authorization: `Bearer ${ADMIN_SECRET}` };
    // node:http sends the path as it is; fetch would resolve the dots itself.
    const raw = (path: string) =>
      new Promise<number | undefined>((resolve, reject) => {
        get({ ...urlToHttpOptions(new URL(world.address)), path, headers }, (answer) => {
          answer.resume();
          resolve(answer.statusCode);
        }).on('error', reject);
      });
    for (const path of [
      '',
      '/..',
      '/%2e%2e',
      '/.%2e',
      '/%252e%252e',
      '/x/../..',
      '//..',
      '/northwind/oauth2/v1',
    ])
      expect([path, await raw(`/auth${path}/internal/admin/northwind/clients`)]).toEqual([path, 404]);
    for (const path of ['/internal/revocations', '/internal/attempts'])
      expect((await fetch(`${world.url}${path}`, { headers })).status).not.toBe(200);
  });
});

describe('administration without a secret', () => {
  it('does not exist', async () => {
    const world = await startWorld({ administration: false });
    try {
      expect((await administer(world, 'GET', 'northwind/clients')).status).toBe(404);
    } finally {
      await world.stop();
    }
  }, 60_000);
});
