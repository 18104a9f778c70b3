import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createPool } from '@patient-access/database';
import { waitUntil } from '@patient-access/testing';
import { renumber } from '../../src/domain/administration/members/new-numbers.ts';
import { administer, administrationOf } from '../administration.ts';
import { registerApp } from '../app.ts';
import { configure, loadMembers } from '../configure.ts';
import { takeActs } from '../events.ts';
import { FROM, type MailWorld, noMailWaits, startMailWorld, takeMail } from '../mail/world.ts';
import { CARL, codeIn, JUANA, loadPlan, makeLogin, openForm, sayWho, typeCode } from './joiner.ts';

const PATIENTS = [
  { id: 'juana', relationship: 'self', name: 'Juana Ibáñez Ortega' },
  { id: 'leo', relationship: 'child', name: 'Leo Ibáñez' },
  { id: 'lia', relationship: 'child', name: 'Lía Ibáñez' },
];
const PERSON = {
  names: [{ given: 'Juana', family: 'Ibáñez Ortega' }],
  birthDate: '1984-02-09',
  contacts: [{ email: 'juana@mail.example' }],
};

describe('O109: an account that a member made alone', () => {
  let mails: MailWorld;
  beforeAll(async () => {
    mails = await startMailWorld({ nativeApps: true, join: {} });
    await loadPlan(mails.world);
  }, 60_000);
  afterAll(() => mails?.stop());

  it('goes on under another member number, and nobody makes a second one with it', async () => {
    const { world, server } = mails;
    const app = await registerApp(world);
    const [browser, form] = await openForm(world, app);
    const page = await sayWho(browser, form, JUANA);
    const mail = await takeMail(mails);
    await makeLogin(browser, await typeCode(browser, page, codeIn(mail)), 'juana');
    const pool = await createPool(world.databaseUrl, { max: 1 });
    await renumber(administrationOf(pool), 'NW-2001', 'NW-3001');
    await pool.end();
    await loadMembers(world, JSON.stringify({ number: 'NW-3001', patients: PATIENTS }));
    const { rows } = await world.db.query(
      `SELECT m.patient FROM account a JOIN account_member m USING (tenant, sub) WHERE a.login = 'juana' ORDER BY m.position`,
    );
    expect(rows).toEqual(PATIENTS.map(({ id: patient }) => ({ patient })));

    const put = (person: object) => administer(world, 'PUT', 'northwind/people/NW-3001', person);
    expect(await put({ ...PERSON, birthDate: undefined })).toMatchObject({ status: 400 });
    expect(await put(PERSON)).toMatchObject({ status: 204 });
    await noMailWaits(world);
    server.mails.length = 0;
    const [other, again] = await openForm(world, app);
    await sayWho(other, again, { ...JUANA, number: 'NW-3001' });
    await waitUntil(() => server.mails.length > 0);
    expect(server.mails[0]?.text).toContain('no second account was made');
  });

  it.each([
    ['NW-2005', {}],
    ['nw-2005', { memberNumber: { ignoreCase: true } }],
  ])(
    'O91: is not made with a number that the plan’s provider has made inactive, as %s',
    async (told, form) => {
      const { world, server } = mails;
      const settings = { mail: { from: FROM }, nativeApps: true, join: {} };
      const federation = {
        issuer: 'http://127.0.0.1:9',
        name: 'Member Site',
        clientId: 'here',
        clientSecret: 'a secret',
        memberClaim: 'member_number',
        ...form,
      };
      await configure(world, { ...settings, federation });
      await world.db.query('TRUNCATE scim_user');
      await world.db.query(
        "INSERT INTO scim_user (tenant, user_name, person, active) VALUES ('northwind', $1, $1, false)",
        [told],
      );
      await noMailWaits(world);
      await takeActs(world);
      server.mails.length = 0;
      const [browser, page] = await openForm(world, await registerApp(world));
      await sayWho(browser, page, CARL);
      await noMailWaits(world);
      const asked = (await takeActs(world)).filter(({ action }) => action === 'mail-join-code');
      expect(asked).toMatchObject([{ reason: 'not-active', member: 'carl' }]);
      expect(server.mails).toEqual([]);
      // A plan without a provider has nobody who could say that the number is active again.
      await configure(world, settings);
      const [later, again] = await openForm(world, await registerApp(world));
      await sayWho(later, again, CARL);
      await waitUntil(() => server.mails.length > 0);
    },
  );
});
