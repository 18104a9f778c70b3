import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createPool, type Pool } from '@patient-access/database';
import {
  createAccount,
  createAuditor,
  NewAccount,
  saveAccount,
} from '../../src/domain/administration/logins/accounts.ts';
import * as logins from '../../src/domain/administration/logins/logins.ts';
import { putRelation, removeRelation } from '../../src/domain/administration/members/relations.ts';
import { createPrisma } from '../../src/domain/database.ts';
import { securityPath } from '../../src/domain/urls.ts';
import type { PrismaClient } from '../../src/generated/client.ts';
import { administrationOf } from '../administration.ts';
import { getTokens, introspect, openAndLogIn, registerApp, startAuthorization } from '../app.ts';
import { takeEvents } from '../events.ts';
import { PASSWORD, startWorld, type World } from '../world.ts';

const SELMA = [{ id: 'selma', relationship: 'self', name: 'Selma Okafor' }];
const MARIA = [{ id: 'maria', relationship: 'self', name: 'Maria Castellan' }];
const OTHER_PASSWORD = 'a quiet lemon on a bicycle';
const ADA = { administrator: 'ada' };

describe('a login', () => {
  let world: World;
  let pool: Pool;
  let prisma: PrismaClient;
  beforeAll(async () => {
    world = await startWorld();
    pool = await createPool(world.databaseUrl, { max: 4 });
    prisma = createPrisma(pool);
  }, 60_000);
  afterAll(async () => {
    await pool?.end();
    await world?.stop();
  });
  beforeEach(() => takeEvents(world));

  const account = (login: string, change: object = {}) =>
    NewAccount.parse({ tenant: 'northwind', login, password: PASSWORD, patients: MARIA, ...change });
  const create = (made: NewAccount) => createAccount(prisma, made, ADA);
  const subOf = async (login: string) => (await prisma.account.findFirst({ where: { login } }))?.sub;
  const isActive = async (tokens: Record<string, string>) =>
    (await introspect(world, tokens['access_token'] ?? '')).body['active'];

  it('A29: that staff make is in the trail of each person whose data it opens', async () => {
    await create(account('both', { patients: [...MARIA, { ...SELMA[0], relationship: 'child' }] }));
    await expect(create(account('both'))).rejects.toThrow(/exists/);
    const user = expect.objectContaining({ sub: 'ada' });
    expect(await takeEvents(world)).toMatchObject([
      { kind: 'administration', action: 'login-create', member: 'maria', user },
      { kind: 'administration', action: 'login-create', member: 'selma', user },
    ]);
  });

  it('A29: of an auditor is in the trail of the plan, by its name', async () => {
    await createAuditor(prisma, { tenant: 'northwind', login: 'new.auditor', password: OTHER_PASSWORD }, ADA);
    const [event, ...more] = await takeEvents(world);
    expect(event).toMatchObject({ kind: 'administration', action: 'auditor-create', request: 'new.auditor' });
    expect(event).toMatchObject({ user: { sub: 'ada' } });
    expect([event?.member, more]).toEqual([undefined, []]);
  });

  it('O61: that exists is never created again, and stays as it is', async () => {
    await create(account('first.one'));
    const tokens = await getTokens(world, await registerApp(world), {}, 'first.one');
    const before = await prisma.account.findMany({ include: { members: true } });
    const other = { patients: SELMA, password: OTHER_PASSWORD };
    for (const login of ['first.one', 'First.One', ' ＦＩＲＳＴ.one '])
      await expect(create(account(login, other))).rejects.toThrow(
        'the login "first.one" exists at "northwind"',
      );
    await expect(create(account('first.one'))).rejects.toThrow(/exists/);
    await expect(
      createAuditor(prisma, { tenant: 'northwind', login: 'audrey.auditor', password: OTHER_PASSWORD }, ADA),
    ).rejects.toThrow(/exists/);
    expect(await prisma.account.findMany({ include: { members: true } })).toEqual(before);
    expect(await isActive(tokens)).toBe(true);
  });

  it('O61: is created once when two administrators create it at the same time', async () => {
    const both = await Promise.allSettled([
      create(account('race')),
      create(account('race', { patients: SELMA })),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(await prisma.account.count({ where: { login: 'race' } })).toBe(1);
  });

  it('O61: is not given to another person by a seed either', async () => {
    await create(account('seeded'));
    const sub = await subOf('seeded');
    await expect(saveAccount(prisma, account('seeded', { patients: SELMA }))).rejects.toThrow(
      /stands for somebody else/,
    );
    await saveAccount(prisma, account('seeded'));
    expect(await subOf('seeded')).toBe(sub);
  });

  it('O62: gets another person only with a new subject, and all that was of the first person ends', async () => {
    await create(account('moved'));
    const app = await registerApp(world);
    const tokens = await getTokens(world, app, {}, 'moved');
    const [browser] = await openAndLogIn(world, startAuthorization(world, app).url, 'moved');
    const before = await subOf('moved');
    await takeEvents(world);
    await logins.reassignLogin(administrationOf(pool), 'Moved', {
      patients: SELMA,
      password: OTHER_PASSWORD,
    });
    expect(await subOf('moved')).not.toBe(before);
    expect(await isActive(tokens)).toBe(false);
    expect((await browser.open(`${world.url}${securityPath('northwind')}`)).html).toContain('id="password"');
    const events = await takeEvents(world);
    expect(events).toContainEqual(
      expect.objectContaining({ kind: 'consent', action: 'revoke', reason: 'plan', member: 'maria' }),
    );
    expect(events).toContainEqual(
      expect.objectContaining({
        kind: 'administration',
        action: 'login-reassign',
        member: 'maria',
        user: expect.objectContaining({ sub: 'ada' }),
      }),
    );
    // It opens the data of another person from then on, whose trail says so too.
    const given = events.filter(({ action }) => action === 'login-reassign').map(({ member }) => member);
    expect(given.sort()).toEqual(['maria', 'selma']);
    const [, page] = await openAndLogIn(world, startAuthorization(world, app).url, 'moved');
    expect(page.html).toContain('do not match');
  });

  it('O62: does not become another person by a relation', async () => {
    const admin = administrationOf(pool);
    await create(account('kept'));
    const self = { id: 'selma', relationship: 'self', name: 'Selma Okafor' };
    await expect(putRelation(admin, 'kept', self)).rejects.toThrow(/account reassign/);
    await putRelation(admin, 'kept', { ...self, relationship: 'spouse' });
    await putRelation(admin, 'kept', { id: 'maria', relationship: 'self', name: 'Maria C. Castellan' });
    // Nor in two steps, once somebody has agreed to something as Maria.
    const { url } = startAuthorization(world, await registerApp(world));
    const [browser, choice] = await openAndLogIn(world, url, 'kept');
    const consent = await browser.submit(choice, 'choose', (fields) => fields.set('member', 'maria'));
    await browser.submit(consent, 'agree');
    await removeRelation(admin, 'kept', 'maria');
    await expect(putRelation(admin, 'kept', self)).rejects.toThrow(/account reassign/);
  });

  it('O63: takes no password that the rules refuse, by whichever command', async () => {
    const admin = administrationOf(pool);
    await create(account('ruled'));
    const refused = /the password is refused: it needs 15 characters or more/;
    await expect(create(account('new.one', { password: 'x' }))).rejects.toThrow(refused);
    await expect(logins.setLoginPassword(admin, 'ruled', 'x')).rejects.toThrow(refused);
    await expect(logins.reassignLogin(admin, 'ruled', { patients: SELMA, password: 'x' })).rejects.toThrow(
      refused,
    );
    await expect(saveAccount(prisma, account('ruled', { password: 'x' }))).rejects.toThrow(refused);
    await expect(logins.setLoginPassword(admin, 'ruled', 'Northwind Health 1')).rejects.toThrow(
      /names of the plan/,
    );
    expect(await subOf('new.one')).toBeUndefined();
  });
});
