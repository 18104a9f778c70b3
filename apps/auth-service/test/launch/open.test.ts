import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createPool } from '@patient-access/database';
import { createPrisma } from '../../src/domain/database.ts';
import { createPortal } from '../../src/domain/administration/apps/portals.ts';
import { configure, loadMembers } from '../configure.ts';
import { takeEvents } from '../events.ts';
import { post, registerApp } from '../app.ts';
import { GATEWAY_BASIC, startWorld, tenantOf, type World } from '../world.ts';
import { basic, postLaunch, openLaunch, type Portal, registerPortal } from './portal.ts';

describe('the opening of a launch by a payer system', () => {
  let world: World;
  let portal: Portal;
  beforeAll(async () => {
    world = await startWorld();
    portal = await registerPortal(world);
  }, 60_000);
  afterAll(() => world?.stop());

  it('SMART 36: returns an opaque value for five minutes, of which only the digest is stored', async () => {
    const { status, headers, body } = await postLaunch(world, portal, { patient: 'maria', coverage: 'c1' });
    expect(status).toBe(201);
    expect([headers.get('cache-control'), headers.get('pragma')]).toEqual(['no-store', 'no-cache']);
    expect(body).toEqual({ launch: expect.stringMatching(/^[\w-]{43}$/), expires_in: 300 });
    expect(await openLaunch(world, portal)).not.toBe(body['launch']);
    const { rows } = await world.db.query<{ row: string }>(
      'SELECT oidc_record::text AS row FROM oidc_record',
    );
    expect(rows.map(({ row }) => row).join('\n')).not.toContain(body['launch']);
  });

  it('SMART 36: returns the launch URL of the app, if it registered one', async () => {
    const app = await registerApp(world, { initiate_login_uri: 'https://app.example/launch?from=plan' });
    const { body } = await postLaunch(world, portal, { patient: 'maria', app_client_id: app.client_id });
    const url = new URL(body['launch_url'] as string);
    expect(url.origin + url.pathname).toBe('https://app.example/launch');
    expect(Object.fromEntries(url.searchParams)).toEqual({
      from: 'plan',
      iss: tenantOf(world).fhirBase,
      launch: body['launch'],
    });
    const none = await postLaunch(world, portal, { patient: 'maria', app_client_id: 'nobody' });
    expect([none.status, none.body['error']]).toEqual([400, 'invalid_request']);
  });

  it('returns a launch URL on the developer’s own machine, and its app can log a member in', async () => {
    const launchUrl = 'http://127.0.0.1:8082/';
    const app = await registerApp(world, { redirect_uris: [launchUrl], initiate_login_uri: launchUrl });
    const { body } = await postLaunch(world, portal, { patient: 'maria', app_client_id: app.client_id });
    expect(body['launch_url']).toMatch(/^http:\/\/127\.0\.0\.1:8082\/\?iss=/);
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: app.client_id,
      redirect_uri: launchUrl,
      scope: 'launch/patient patient/Patient.rs',
      state: 'a-state-of-the-app',
      aud: tenantOf(world).fhirBase,
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      code_challenge_method: 'S256',
    });
    const answer = await fetch(`${tenantOf(world).issuer}/authorize?${query.toString()}`, {
      redirect: 'manual',
    });
    expect([answer.status, answer.headers.get('location')]).toEqual([
      303,
      expect.stringMatching(/^(?!.*error)/),
    ]);
  });

  it('is about the bearer of a member number, where the plan allows it', async () => {
    const byNumber = (number: string, more = {}) =>
      postLaunch(world, portal, { member_number: number, ...more });
    await loadMembers(
      world,
      '{"number":"N-1","patients":[{"id":"maria","relationship":"self","name":"M"},{"id":"cora","relationship":"child","name":"C"}]}',
    );
    expect((await byNumber('N-1')).status).toBe(400);
    const issuer = 'http://127.0.0.1:9';
    const federation = {
      issuer,
      name: 'P',
      clientId: 'c',
      clientSecret: 's',
      memberClaim: 'n',
      launchByNumber: true,
    };
    await configure(world, { nativeApps: true, federation });
    await takeEvents(world);
    expect((await byNumber('N-1')).status).toBe(201);
    expect((await takeEvents(world)).find(({ kind }) => kind === 'launch')).toMatchObject({
      member: 'maria',
    });
    expect((await byNumber('N-404')).status).toBe(400);
    expect((await byNumber('N-1', { patient: 'paul' })).status).toBe(400);
    await configure(world, { nativeApps: true });
  });

  it('reads a member number as a login does: with the zeros that it lost, and in any case', async () => {
    await loadMembers(
      world,
      ['N-2', '000042', 'Two-1', 'TWO-1']
        .map(
          (number) => `{"number":"${number}","patients":[{"id":"maria","relationship":"self","name":"M"}]}`,
        )
        .join('\n'),
    );
    const federation = {
      issuer: 'http://127.0.0.1:9',
      name: 'P',
      clientId: 'c',
      clientSecret: 's',
      memberClaim: 'n',
      memberNumber: { digits: 6, ignoreCase: true },
      launchByNumber: true,
    };
    await configure(world, { nativeApps: true, federation });
    const answers = ['n-2', ' N-2 ', '42', 42, 'two-1'].map((number) =>
      postLaunch(world, portal, { member_number: number }),
    );
    // Which of two numbers that differ in case alone is meant, nobody can say.
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([201, 201, 201, 201, 400]);
    await configure(world, { nativeApps: true });
  });

  it('needs the registered authentication, as at the token endpoint', async () => {
    const posting = await registerPortal(world, { token_endpoint_auth_method: 'client_secret_post' });
    const { client_id, client_secret } = posting;
    const body = { patient: 'maria' };
    expect((await postLaunch(world, posting, { ...body, client_id, client_secret }, {})).status).toBe(201);
    const refused = [
      await postLaunch(world, posting, { ...body, client_id, client_secret: 'wrong' }, {}),
      await postLaunch(world, { ...portal, client_secret: 'wrong' }, body),
      await postLaunch(world, { ...portal, client_id: 'nobody' }, body),
      await postLaunch(world, portal, body, {
        authorization: basic(await registerPortal(world, {}, 'lakeside')),
      }),
    ];
    for (const answer of refused)
      expect([answer.status, answer.body['error']]).toEqual([401, 'invalid_client']);
    for (const authorization of ['', 'Bearer x', 'Basic %'])
      expect((await postLaunch(world, portal, body, { authorization })).body['error']).toBe(
        'invalid_request',
      );
    const twice = await postLaunch(world, portal, { ...body, client_secret: portal.client_secret });
    expect([twice.status, twice.body['error']]).toEqual([400, 'invalid_request']);
  });

  it('SMART 55: needs may_launch, which only the plan can set', async () => {
    const trusted = await registerPortal(world);
    expect((await postLaunch(world, trusted, { patient: 'maria' })).status).toBe(201);
    const self = await registerApp(world, {
      may_launch: true,
      verified: true,
      token_endpoint_auth_method: 'client_secret_basic',
    });
    expect(self).not.toHaveProperty('may_launch');
    const clients: [Portal, Record<string, string>?][] = [
      [self as Portal],
      [await registerPortal(world, { may_launch: undefined })],
      [await registerPortal(world, { may_launch: 'true' })],
      [await registerPortal(world, { verified: false })],
      [portal, { authorization: GATEWAY_BASIC }],
    ];
    for (const [client, headers] of clients) {
      const { status, body } = await postLaunch(world, client, { patient: 'maria' }, headers);
      expect([status, body['error'], body['launch']]).toEqual([400, 'unauthorized_client', undefined]);
    }
    const publicPortal = await registerPortal(world, { token_endpoint_auth_method: 'none' });
    const named = { patient: 'maria', client_id: publicPortal.client_id };
    expect((await postLaunch(world, portal, named, {})).body['error']).toBe('unauthorized_client');
  });

  it('succeeds for a portal of the plan, at that plan', async () => {
    const pool = await createPool(world.databaseUrl, { max: 1 });
    const prisma = createPrisma(pool);
    try {
      const made = await createPortal(prisma, pool, { tenant: 'northwind', name: 'Our Portal' }, 'ada');
      expect(await openLaunch(world, { ...made, tenant: 'northwind' })).toBeTruthy();
      expect((await postLaunch(world, { ...made, tenant: 'lakeside' }, { patient: 'maria' })).status).toBe(
        401,
      );
      const nowhere = createPortal(prisma, pool, { tenant: 'nowhere', name: 'x' }, 'ada');
      await expect(nowhere).rejects.toThrow('no tenant "nowhere"');
    } finally {
      await pool.end();
    }
  });

  const URI = 'https://example.org/x';
  const items = (...fhirContext: unknown[]) => ({ fhirContext });
  it.each([
    ['no patient', { patient: undefined }, /patient/],
    ['a patient that is not an id', { patient: 'Coverage/1' }, /patient/],
    ['a path instead of an id', { patient: '..' }, /patient/],
    ['a coverage of another type', { coverage: 'Claim/1' }, /coverage/],
    ['an item without a reference', items({ role: URI }), /fhirContext.0: needs reference/],
    ['an absolute reference', items({ reference: `${URI}/Coverage/1` }), /fhirContext.0.reference/],
    ['an empty role', items({ reference: 'Coverage/1', role: '' }), /role/],
    ['a relative role', items({ reference: 'Coverage/1', role: 'mine' }), /role/],
    ['a Patient without a role', items({ reference: 'Patient/1' }), /role other than/],
    ['a Patient in the role launch', items({ reference: 'Patient/1', role: 'launch' }), /role other than/],
    ['an Encounter by its type', items({ identifier: { value: '1' }, type: 'Encounter' }), /role other than/],
    ['an unknown member of an item', items({ reference: 'Coverage/1', x: 1 }), /fhirContext.0/],
    ['strings', items('Coverage/1'), /fhirContext.0/],
    ['too many items', items(...Array<object>(17).fill({ reference: 'Coverage/1' })), /fhirContext/],
    ['too long a context', items(...Array<object>(16).fill({ canonical: URI + 'x'.repeat(200) })), /longer/],
    ['a banner in words', { need_patient_banner: 'no' }, /need_patient_banner/],
    ['an empty intent', { intent: '' }, /intent/],
    ['an unknown member', { encounter: '1' }, /encounter/],
    ['credentials that are not text', { client_id: { a: 1 } }, /client_id/],
  ])('SMART 51: is refused for %s, with a reason', async (_name, change, description) => {
    const { status, body } = await postLaunch(world, portal, { patient: 'maria', ...change });
    expect([status, body['error']]).toEqual([400, 'invalid_request']);
    expect(body['error_description']).toMatch(description);
  });

  it.each([
    ['2.1', { reference: 'Coverage/1' }],
    ['2.1 with a role', { reference: 'Claim/1', role: 'https://plan.example/roles/disputed' }],
    ['2.2, canonical', { canonical: 'https://plan.example/Questionnaire/1', type: 'Questionnaire' }],
    ['2.2, identifier', { identifier: { system: URI, value: '1' }, type: 'Claim', role: 'launch' }],
    ['a Patient in another role', { reference: 'Patient/1', role: 'https://plan.example/roles/guardian' }],
  ])('SMART 51: accepts fhirContext of %s', async (_name, item) => {
    expect((await postLaunch(world, portal, { patient: 'Patient/maria', ...items(item) })).status).toBe(201);
  });

  it('accepts JSON, and refuses other bodies without a failure', async () => {
    const url = `${tenantOf(world).issuer}/launch`;
    const headers = { authorization: basic(portal) };
    const bodies: [string, string][] = [
      ['application/x-www-form-urlencoded', 'patient=maria'],
      ['application/json', '[]'],
      ['application/json', 'null'],
      ['application/json', '{'],
      ['application/json', `{"patient":"${'x'.repeat(60_000)}"}`],
      ['application/json', '{"__proto__":{"patient":"maria"}}'],
      ['text/plain', '{"patient":"maria"}'],
    ];
    for (const [type, body] of bodies) {
      const answer = await post(url, body, { ...headers, 'content-type': type });
      expect([body.slice(0, 20), answer.status, answer.body['error']]).toEqual([
        body.slice(0, 20),
        400,
        'invalid_request',
      ]);
    }
    expect((await fetch(url)).status).toBe(405);
    expect((await post(url.replace('northwind', 'nowhere'), { patient: 'maria' })).status).toBe(404);
  });

  it('is recorded with the member before it is answered', async () => {
    await world.db.query('DELETE FROM outbox');
    await openLaunch(world, portal);
    await postLaunch(world, await registerPortal(world, { may_launch: false }), { patient: 'maria' });
    const { rows } = await world.db.query<{ body: string }>('SELECT body FROM outbox ORDER BY created_at');
    // The events of what the test before was refused may arrive here late.
    const [opened, refused] = rows
      .map(({ body }) => JSON.parse(body) as Record<string, unknown>)
      .filter(({ kind }) => kind === 'launch');
    expect(opened).toMatchObject({
      kind: 'launch',
      action: 'open',
      outcome: '0',
      member: 'maria',
      client: { id: portal.client_id, name: 'Member Portal' },
    });
    expect(opened).not.toHaveProperty('user');
    expect(refused).toMatchObject({ kind: 'launch', action: 'refuse', reason: 'unauthorized-client' });
    expect(refused).not.toHaveProperty('member');
    await world.db.query('ALTER TABLE outbox RENAME TO outbox_away');
    try {
      const { status, body } = await postLaunch(world, portal, { patient: 'maria' });
      expect([status, body['launch']]).toEqual([503, undefined]);
    } finally {
      await world.db.query('ALTER TABLE outbox_away RENAME TO outbox');
    }
  });
});
