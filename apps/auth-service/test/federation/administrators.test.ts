/** Staff who administer their plan with a token of the plan's identity provider. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { loginProblems } from '../../src/domain/administration/plans/federation-problems.ts';
import { TenantSettings } from '../../src/domain/tenant/settings.ts';
import { administer } from '../administration.ts';
import { configure } from '../configure.ts';
import { takeEvents } from '../events.ts';
import { CLIENT_ID } from './idp.ts';
import { federation, type FederatedWorld, logInAtIdp, startFederatedWorld } from './world.ts';

const AUDIENCE = 'patient-access-administration';

describe('an administrator whom the identity provider names', () => {
  let all: FederatedWorld;
  beforeAll(async () => {
    all = await startFederatedWorld();
    await configure(all.world, settings());
  }, 60_000);
  afterAll(() => all?.stop());
  beforeEach(() => takeEvents(all.world));
  afterEach(() => configure(all.world, settings()));

  const settings = (more: object = {}) => ({
    nativeApps: true,
    passwordLogin: false,
    federation: {
      ...federation(all.idp),
      administrators: { claim: 'groups', values: ['patient-access-admins'], audience: AUDIENCE },
      ...more,
    },
  });
  const now = () => Math.floor(Date.now() / 1000);
  /** A token as the provider gives it to a program of the staff. */
  const token = (change: Record<string, unknown> = {}) =>
    all.idp.sign({
      iss: all.idp.issuer,
      aud: AUDIENCE,
      sub: 'u-ines',
      preferred_username: 'ines',
      groups: ['staff', 'patient-access-admins'],
      iat: now(),
      exp: now() + 300,
      ...change,
    });
  const send = async (method: string, path: string, body?: object, change?: Record<string, unknown>) =>
    administer(all.world, method, path, body, `Bearer ${await token(change)}`);

  it('is in the trail with her subject at the provider, whatever name the request claims (O102)', async () => {
    expect((await send('GET', 'northwind/clients')).status).toBe(200);
    const [read] = await takeEvents(all.world);
    expect(read).toMatchObject({ action: 'list-clients', user: { iss: all.idp.issuer, sub: 'u-ines' } });
    expect((await send('POST', 'northwind/registration-tokens')).status).toBe(201);
    expect((await takeEvents(all.world)).at(-1)).toMatchObject({
      action: 'registration-token-create',
      user: { iss: all.idp.issuer, sub: 'u-ines', name: 'ines' },
    });
  });

  it('is in the trail so, too, when she ends everything from before an instant (O102)', async () => {
    const before = '2020-01-01T00:00:00Z';
    expect((await send('POST', 'northwind/not-before', { before })).status).toBe(204);
    expect(await takeEvents(all.world)).toContainEqual(
      expect.objectContaining({
        action: 'not-before-set',
        user: { iss: all.idp.issuer, sub: 'u-ines', name: 'ines' },
      }),
    );
  });

  it('is not a stranger while the keys of the provider cannot be had (O102)', async () => {
    // With new settings the service knows no keys.
    await configure(all.world, settings({ name: 'Member Site' }));
    all.idp.keysStatus = 500;
    expect((await send('GET', 'northwind/clients')).status).toBe(503);
    all.idp.keysStatus = undefined;
    expect((await send('GET', 'northwind/clients')).status).toBe(200);
  });

  it('is nobody at another plan (O102)', async () => {
    await configure(all.world, { nativeApps: true }, 'lakeside');
    expect((await send('GET', 'lakeside/clients')).status).toBe(401);
    const other = { ...settings().federation.administrators, audience: 'lakeside-administration' };
    await configure(all.world, settings({ administrators: other }), 'lakeside');
    expect((await send('GET', 'lakeside/clients')).status).toBe(401);
    expect((await send('POST', 'not-before', {})).status).not.toBe(204);
  });

  it('needs a token that is for the administration, fresh, signed and of the group (O102)', async () => {
    const bad: Record<string, unknown>[] = [
      { groups: ['staff'] },
      { groups: undefined },
      { aud: CLIENT_ID },
      { iss: 'https://another.example' },
      { exp: now() - 120 },
      { iat: now() - 7_200, exp: now() + 300 },
      { exp: undefined },
      { sub: undefined },
      { events: { 'http://schemas.openid.net/event/backchannel-logout': {} } },
    ];
    for (const change of bad)
      expect((await send('GET', 'northwind/clients', undefined, change)).status).toBe(401);
    const [header, , signature] = (await token({ groups: [] })).split('.');
    const payload = (await token()).split('.')[1];
    const forged = `Bearer ${header}.${payload}.${signature}`;
    expect((await administer(all.world, 'GET', 'northwind/clients', undefined, forged)).status).toBe(401);
    await configure(all.world, settings({ administrators: undefined }));
    expect((await send('GET', 'northwind/clients')).status).toBe(401);
  });

  it('needs a second factor where the plan demands one, and is out once SCIM has said so', async () => {
    const secondFactor = { acr: ['gold'] };
    await configure(all.world, { ...settings({ secondFactor }), secondFactor: 'required' });
    expect((await send('GET', 'northwind/clients')).status).toBe(401);
    expect((await send('GET', 'northwind/clients', undefined, { acr: 'gold' })).status).toBe(200);
    await configure(all.world, settings());
    await all.world.db.query(
      `INSERT INTO scim_user (tenant, user_name, person, active) VALUES ('northwind', 'ines', 'u-ines', false)`,
    );
    expect((await send('GET', 'northwind/clients')).status).toBe(401);
    await all.world.db.query('DELETE FROM scim_user');
  });

  it('shows and repairs links; with four eyes another administrator confirms', async () => {
    await logInAtIdp(all, 'u-frida');
    const shown = await send('GET', 'northwind/identities?number=M-1');
    expect(shown.body['identities']).toMatchObject([{ subject: 'u-frida', number: 'M-1' }]);
    expect((await send('GET', 'northwind/auditor-identities?subject=u-frida')).body).toEqual({
      identities: [],
    });
    await configure(all.world, settings({ fourEyes: true }));
    const repair = { act: 'move-subject', subject: 'u-frida', to: 'u-anew' };
    const { body } = await send('POST', 'northwind/repairs', repair);
    const proposal = { proposal: body['proposal'] };
    const same = await send('POST', 'northwind/repairs/confirm', proposal);
    expect([same.status, same.text]).toEqual([400, expect.stringContaining('another administrator')]);
    const confirmed = await send('POST', 'northwind/repairs/confirm', proposal, { sub: 'u-otto' });
    expect(confirmed).toMatchObject({ status: 200, body: { proposedBy: 'u-ines', to: 'u-anew' } });
    await configure(all.world, settings());
    const back = await send('POST', 'northwind/repairs', { ...repair, subject: 'u-nobody' });
    expect(back.status).toBe(404);
    expect((await send('POST', 'northwind/repairs', { act: 'unlink', subject: 'u-anew' })).status).toBe(200);
  });

  it('has an audience of her own, and at a production plan a stated second factor', () => {
    const problems = (change: object) => {
      const ours = {
        ...settings(change).federation,
        clientSecret: 'sealed:',
        issuer: 'https://login.plan.example',
      };
      return loginProblems(TenantSettings.parse({ federation: ours }), 'production').join();
    };
    expect(problems({})).toContain('administrators of a production plan need one');
    const administrators = { claim: 'groups', values: ['x'], audience: CLIENT_ID };
    expect(problems({ administrators })).toContain('is the client id of a login');
  });
});
