import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createPool, type Pool } from '@patient-access/database';
import * as jose from 'jose';
import { EMAIL_ACTS } from '../../src/commands/email-commands.ts';
import { seed } from '../../src/commands/seed.ts';
import { loadAccountEmails } from '../../src/domain/administration/logins/emails.ts';
import { createPrisma } from '../../src/domain/database.ts';
import { administrationOf } from '../administration.ts';
import { takeEvents } from '../events.ts';
import { type FederatedWorld, logInAtIdp, startFederatedWorld } from '../federation/world.ts';

describe('the email address of a login', () => {
  let all: FederatedWorld;
  let pool: Pool;
  beforeAll(async () => {
    all = await startFederatedWorld();
    pool = await createPool(all.world.databaseUrl, { max: 2 });
  }, 60_000);
  afterAll(async () => {
    await pool?.end();
    await all?.stop();
  });

  const addressOf = async (person: string): Promise<string> => {
    const { rows } = await all.world.db.query<{ said: string }>(
      `SELECT concat_ws(' ', email, email_source) AS said FROM account a
         JOIN account_member m USING (tenant, sub) WHERE m.patient = $1 AND m.relationship = 'self'
          AND a.tenant = 'northwind'`,
      [person],
    );
    return rows[0]?.said ?? '';
  };

  it('comes from the identity provider when that vouches for it, and at no other time', async () => {
    const person = (claims: object) => {
      all.idp.tamper = async (told) => {
        const own = jose.decodeJwt(told['id_token'] as string);
        return { ...told, id_token: await all.idp.sign({ ...own, ...claims }) };
      };
    };
    for (const unproven of [{}, { email_verified: false }, { email_verified: 'true' }]) {
      person({ email: 'frida@mail.example', ...unproven });
      await logInAtIdp(all, 'u-frida');
      expect(await addressOf('frida')).toBe('');
    }
    person({ email: 'no address', email_verified: true });
    await logInAtIdp(all, 'u-frida');
    expect(await addressOf('frida')).toBe('');
    person({ email: 'Frida@Mail.example', email_verified: true });
    await logInAtIdp(all, 'u-frida');
    expect(await addressOf('frida')).toBe('frida@mail.example provider');
    person({ email: 'new@mail.example', email_verified: true });
    await logInAtIdp(all, 'u-frida');
    expect(await addressOf('frida')).toBe('new@mail.example provider');
    await all.world.db.query(`UPDATE account SET email_source = 'plan' WHERE email = 'new@mail.example'`);
    person({ email: 'third@mail.example', email_verified: true });
    await logInAtIdp(all, 'u-frida');
    expect(await addressOf('frida')).toBe('new@mail.example plan');
    all.idp.tamper = undefined;
  });

  it('comes from the plan by command, one or many, with an event for each change', async () => {
    const admin = administrationOf(pool);
    const login = 'Maria.Many';
    await takeEvents(all.world);
    await EMAIL_ACTS['account set-email']?.(admin, { login, email: 'maria@mail.example' });
    expect(await addressOf('maria')).toBe('maria@mail.example plan');
    const lines = ['maria.many', 'paul.parent'].map((login) =>
      JSON.stringify({ login, email: `${login}@mail.example` }),
    );
    expect(await loadAccountEmails(admin, `${lines.join('\n')}\n\n`)).toBe(2);
    expect(await loadAccountEmails(admin, lines.join('\n'))).toBe(2);
    expect(await addressOf('paul')).toBe('paul.parent@mail.example plan');
    await EMAIL_ACTS['account remove-email']?.(admin, { login });
    expect(await addressOf('maria')).toBe('');
    expect((await takeEvents(all.world)).map(({ action, member }) => `${action} ${member}`)).toEqual([
      'account-email-set maria',
      'account-email-set maria',
      'account-email-set paul',
      'account-email-remove maria',
    ]);
  });

  it('is refused with the line that is wrong', async () => {
    const load = (ndjson: string) => loadAccountEmails(administrationOf(pool), ndjson);
    const good = '{"login":"paul.parent","email":"p@mail.example"}';
    await expect(load(`${good}\n{`)).rejects.toThrow('line 2: not JSON');
    await expect(load(good.replace('"email"', '"login":"maria","email"'))).rejects.toThrow(
      'line 1: column 24: its object has this name already',
    );
    await expect(load('{"login":"paul.parent","email":"p"}')).rejects.toThrow(
      'line 1: email: is no e-mail address',
    );
    await expect(load(`\n{"login":"nobody","email":"p@mail.example"}`)).rejects.toThrow(
      /line 2: no member's login/,
    );
    await expect(load('{"login":"audrey.auditor","email":"p@mail.example"}')).rejects.toThrow(
      /line 1: no member/,
    );
  });

  it('comes with a seed, which leaves an address that a login has already', async () => {
    const prisma = createPrisma(pool);
    const emails = ['maria.many', 'paul.parent'].map((login) => ({
      tenant: 'northwind',
      login,
      email: 's@mail.example',
    }));
    const nothing = { tenants: [], accounts: [], auditors: [], people: [], clients: [] };
    await seed(prisma, [all.world.master], { ...nothing, emails });
    expect([await addressOf('maria'), await addressOf('paul')]).toEqual([
      's@mail.example plan',
      'p@mail.example plan',
    ]);
  });
});
