/** A developer applies for an app at a plan, and the plan's staff decide. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createPool } from '@patient-access/database';
import { ADMIN_COMMANDS } from '../../src/commands/commands.ts';
import { createPrisma } from '../../src/domain/database.ts';
import { administer } from '../administration.ts';
import { getTokens, openAndLogIn, startAuthorization } from '../app.ts';
import { openApps, wordsOf } from '../apps/member.ts';
import { configure } from '../configure.ts';
import { DeveloperAtBrowser, type DeveloperWorld } from '../developers/developer.ts';
import { takeEvents } from '../events.ts';
import { DIARY, applyAs, approve, asStaff, settings, STAFF, startApplicationWorld } from './world.ts';

let there: DeveloperWorld;
let dana: DeveloperAtBrowser;
beforeAll(async () => {
  there = await startApplicationWorld();
  dana = new DeveloperAtBrowser(there, 'dana@apps.example');
  await dana.join();
}, 180_000);
afterAll(() => there?.stop());

const subjects = async (count: number) =>
  (await there.mails.take(count)).map(({ to, headers }) => `${to} ${headers['subject'] ?? ''}`).sort();

describe('an application', () => {
  it('is the only way to an app where nobody may register at once', async () => {
    expect((await dana.open('/new')).status).toBe(404);
    const page = await dana.open();
    expect(page.html).toContain('/account/northwind/apply');
    expect(page.html).not.toContain('/account/northwind/new');
  });

  it('is asked back, sent again and approved, and each step is in the trail and a mail', async () => {
    await takeEvents(there.world);
    const id = await applyAs(dana);
    expect(await subjects(2)).toEqual([
      'apps@northwind.example An application of an app developer',
      'dana@apps.example About your application',
    ]);
    const { body: listed } = await asStaff(there, '?state=submitted');
    expect(listed['applications']).toMatchObject([
      { application_id: id, developer: 'dana@apps.example', answers: { sharing: 'nobody' } },
    ]);
    const asked = await asStaff(there, `/${id}/ask-back`, { words: 'Which <b>data center</b>?' });
    expect(asked.body).toMatchObject({ state: 'asked-back', version: 2 });
    const page = await dana.open(`/applications/${id}`);
    expect(page.html).toContain('Which &lt;b&gt;data center&lt;/b&gt;?');
    const again = await dana.fill(page, 'submit', { ...DIARY, answer_kept: 'In Ohio, at Cloud Co.' });
    expect(again.html).toContain('The application is with the plan.');
    const app = await approve(there, id);
    const { body: approved } = await asStaff(there, `/${id}`);
    expect(approved).toMatchObject({ state: 'approved', client_id: app.client_id });
    expect((await dana.open(`/apps/${app.client_id}`)).html).toContain('Propose a change');
    const acts = (await takeEvents(there.world)).filter(({ action }) => action?.startsWith('application-'));
    expect(acts.map(({ action, user }) => [action, user?.sub === 'ada'])).toEqual([
      ['application-submit', false],
      ['application-ask-back', true],
      ['application-submit', false],
      ['application-approve', true],
    ]);
    expect(await subjects(4)).toEqual([
      `${STAFF} An application of an app developer`,
      ...Array<string>(3).fill('dana@apps.example About your application'),
    ]);
  });

  it('says on the form what is missing, and keeps what was typed', async () => {
    expect((await dana.open('/apply')).html).toContain('before its members can use it');
    for (const [wrong, words] of [
      [{ policy_uri: '' }, '“Privacy policy” (policy_uri) is needed'],
      [{ answer_sharing: '' }, '“Who else gets your data” (answers.sharing): needs one of the answers'],
      [
        { answer_security: 'nobody' },
        '“Tell them about a security problem” (answers.security): must be an e-mail address',
      ],
      [{ answer_purpose: 'x'.repeat(301) }, 'at most 300 characters'],
      [{ client_name: 'Northwind Health Plan' }, 'the name of the plan'],
      [{ scope: 'patient/Claim' }, 'scope: malformed'],
      [{ policy_uri: 'javascript:alert(1)' }, 'policy_uri'],
    ] as const) {
      const form = await dana.open('/apply');
      const page = await dana.fill(form, 'submit', { ...DIARY, ...wrong });
      expect([page.status, page.html.includes(words), page.html.includes('Diary Works')]).toEqual([
        400,
        true,
        true,
      ]);
    }
  });

  it('O105: is decided by one of two who decide at once, and never unseen', async () => {
    const id = await applyAs(dana);
    const approval = { version: 1, verified: false };
    await dana.fill(await dana.open(`/applications/${id}`), 'submit', DIARY);
    const unseen = await asStaff(there, `/${id}/approve`, approval);
    expect([unseen.status, unseen.body['error_description']]).toEqual([
      400,
      expect.stringContaining('has version 2'),
    ]);
    const both = await Promise.all([
      asStaff(there, `/${id}/approve`, { ...approval, version: 2 }),
      asStaff(there, `/${id}/reject`, { words: 'no' }),
      asStaff(there, `/${id}/approve`, { ...approval, version: 2 }),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 400, 400]);
  });

  it('is withdrawn, or rejected with a reason, and then it is over', async () => {
    const [withdrawn, rejected] = [await applyAs(dana), await applyAs(dana)];
    await dana.fill(await dana.open(`/applications/${withdrawn}`), 'withdraw');
    expect((await asStaff(there, `/${withdrawn}/ask-back`, { words: 'why?' })).status).toBe(400);
    await asStaff(there, `/${rejected}/reject`, { words: 'It sells data.' });
    const page = await dana.open(`/applications/${rejected}`);
    expect(wordsOf(page)).toContain('The plan wrote It sells data.');
    expect(page.html).not.toContain('Send it again');
    const late = await dana.fill(page, 'submit', DIARY);
    expect(late.status).toBe(409);
  });

  it('O105: is nothing to another developer, to another plan, and to nobody', async () => {
    const id = await applyAs(dana);
    const eve = new DeveloperAtBrowser(there, 'eve@apps.example');
    await eve.join();
    expect((await eve.open(`/applications/${id}`)).status).toBe(404);
    const own = await eve.open(`/applications/${await applyAs(eve)}`);
    const stolen = await eve.fill(own, 'withdraw', {}, eve.path(`/applications/${id}`));
    expect(stolen.status).toBe(404);
    for (const path of [`/${randomUUID()}`, '/x', `/${'0'.repeat(36)}`])
      expect((await asStaff(there, path)).status).toBe(404);
    await dana.fill(await dana.open(`/applications/${id}`), 'withdraw');
    await there.world.db.query("DELETE FROM developer WHERE email = 'eve@apps.example'");
    expect((await asStaff(there, '?state=submitted')).body['applications']).toEqual([]);
  });

  it('O105: shows staff the apps with a name that looks the same', async () => {
    const id = await applyAs(dana, { client_name: 'Heaİth Díary'.replace('İ', 'I') });
    const { body } = await asStaff(there, `/${id}`);
    expect(body['looks_like']).toContainEqual(expect.objectContaining({ client_name: 'Health Diary' }));
    await dana.fill(await dana.open(`/applications/${id}`), 'withdraw');
  });

  it('is not taken while the plan is closed for it, and then the page says whom to ask', async () => {
    const form = await dana.open('/apply');
    await configure(there.world, settings(false));
    expect((await dana.open('/apply')).html).toContain(`mailto:${STAFF}`);
    const before = (await asStaff(there, '')).body['applications'] as unknown[];
    await dana.fill(form, 'submit', DIARY);
    expect((await asStaff(there, '')).body['applications']).toHaveLength(before.length);
    await configure(there.world, settings());
  });
});

describe('npm run admin -- application', () => {
  it('does what the API does, and says what is missing', async () => {
    const id = await applyAs(dana);
    const pool = await createPool(there.world.databaseUrl, { max: 1 });
    const tools = { prisma: createPrisma(pool), pool, masters: [there.world.master] as const };
    const command = (words: string, given: object) =>
      ADMIN_COMMANDS[words]?.(tools, { tenant: 'northwind', ...given } as never);
    const run = (words: string, given: object) => command(`application ${words}`, given);
    try {
      expect(await run('list', { state: 'submitted' })).toMatchObject([{ application_id: id, version: 1 }]);
      expect(await run('show', { application: id })).toMatchObject({
        kind: 'new',
        looks_like: expect.any(Array),
      });
      await expect(run('approve', { application: id, version: '1' })).rejects.toThrow('--verified yes');
      await expect(run('reject', { application: id })).rejects.toThrow('words');
      await expect(run('show', {})).rejects.toThrow('--application <id> is missing');
      const approved = await run('approve', { application: id, version: '1', verified: 'yes' });
      const { client_id: client } = approved as { client_id: string };
      expect(await command('client show', { client })).toMatchObject({
        verified: true,
        verified_domain: 'diary.example',
        approved_scope: DIARY.scope,
      });
    } finally {
      await pool.end();
    }
  });
});

describe('an approved app', () => {
  it('O105: gets the scopes that it was approved for, and learns why it gets no more', async () => {
    const app = await approve(there, await applyAs(dana));
    const tokens = await getTokens(there.world, app);
    expect(String(tokens['scope']).split(' ').sort()).toEqual(
      ['launch/patient', 'offline_access', 'openid', 'patient/Claim.rs', 'patient/Coverage.rs'].sort(),
    );
    const why = tokens['scope_not_granted'] as unknown as { scope: string; reason: string; text: string }[];
    expect(why).toContainEqual(
      expect.objectContaining({
        scope: 'patient/*.rs',
        reason: 'not-for-this-app',
        text: expect.stringContaining('The plan approved the app without it'),
      }),
    );
    const nothing = startAuthorization(there.world, app, { scope: 'patient/Patient.rs' });
    const page = await dana.browser.open(nothing.url);
    expect(page.status).toBe(400);
    expect(page.html).toContain('approved this app for none of the scopes');
  });

  it('O105: shows members its answers on the consent page and beside the app, in both languages, as text', async () => {
    const id = await applyAs(dana, {
      client_name: 'Bill Reader',
      answer_purpose: '<script>alert(1)</script> \u202eshows bills',
    });
    const app = await approve(there, id, true);
    const [browser, page] = await openAndLogIn(there.world, startAuthorization(there.world, app).url);
    expect(page.html).not.toContain('<script');
    expect(page.html).not.toContain('\u202e');
    expect(wordsOf(page)).toContain('What the app’s maker says');
    expect(wordsOf(page)).toContain('It is never sold');
    expect(page.html).toContain('“&lt;script&gt;alert(1)&lt;/script&gt; shows bills”');
    const spanish = await browser.open(`${page.url}?lang=es`);
    expect(wordsOf(spanish)).toContain('Nunca se venden');
    await getTokens(there.world, app);
    const { page: apps } = await openApps(there.world);
    expect(wordsOf(apps)).toContain('In Ohio, at our own data center.');
    expect(apps.html).not.toContain('<script');
  });

  it('O105: works on unchanged while a change is looked at, and is changed by the approval alone', async () => {
    const app = await approve(there, await applyAs(dana, { client_name: 'Steady' }));
    const own = await dana.open(`/apps/${app.client_id}`);
    const moved = { ...DIARY, client_name: 'Steady', redirect_uris: 'https://diary.example/next' };
    const alone = await dana.fill(own, 'save', moved);
    expect(alone.status).toBe(400);
    const form = await dana.open(`/apps/${app.client_id}/change`);
    const sent = await dana.fill(form, 'submit', moved);
    const [, id = ''] = /applications\/([0-9a-f-]+)/.exec(sent.url) ?? [];
    expect((await dana.fill(form, 'submit', moved)).html).toContain('under way already');
    await getTokens(there.world, app);
    const { body } = await asStaff(there, `/${id}`);
    expect(body['changes']).toEqual([
      {
        field: 'redirect_uris',
        from: ['https://diary.example/callback'],
        to: ['https://diary.example/next'],
      },
    ]);
    const changed = await approve(there, id);
    expect(changed).toEqual({ ...app, redirect_uri: 'https://diary.example/next' });
    await getTokens(there.world, changed);
  });

  it('keeps its answers and its scopes when the plan sets something else or verifies it', async () => {
    const app = await approve(there, await applyAs(dana, { client_name: 'Kept' }));
    const path = `northwind/clients/${app.client_id}`;
    const kept = { approved_scope: DIARY.scope, maker_answers: { sharing: 'nobody' } };
    const { body: set } = await administer(there.world, 'PATCH', path, { client_name: 'Kept Diary' });
    expect(set).toMatchObject({ ...kept, client_name: 'Kept Diary' });
    const facts = { publisher: 'Diary Works', domain: 'diary.example' };
    const { body: verified } = await administer(there.world, 'POST', `${path}/verify`, facts);
    expect(verified).toMatchObject({ ...kept, verified: true });
  });

  it('that was deleted is not changed any more', async () => {
    const app = await approve(there, await applyAs(dana, { client_name: 'Short Lived' }));
    const form = await dana.open(`/apps/${app.client_id}/change`);
    const sent = await dana.fill(form, 'submit', { ...DIARY, client_name: 'Short' });
    const [, id = ''] = /applications\/([0-9a-f-]+)/.exec(sent.url) ?? [];
    await dana.fill(await dana.open(`/apps/${app.client_id}`), 'delete', { sure: 'yes' });
    const { status, body } = await asStaff(there, `/${id}/approve`, { version: 1, verified: false });
    expect([status, body['error_description']]).toEqual([400, expect.stringContaining('deleted or banned')]);
    await asStaff(there, `/${id}/reject`, { words: 'gone' });
  });

  it('is taken of an account that has sent a hundred in earlier years, and not of one that has in this', async () => {
    const erin = new DeveloperAtBrowser(there, 'erin@apps.example');
    await erin.join();
    const sendHundred = (ago: string) =>
      there.world.db.query(
        `INSERT INTO application (tenant, developer, is_change, content, state, created_at)
         SELECT tenant, id, false, '{"metadata": {"client_name": "Before"}}', 'withdrawn', now() - $1::interval
           FROM developer, generate_series(1, 100) WHERE email = 'erin@apps.example'`,
        [ago],
      );
    await sendHundred('400 days');
    await applyAs(erin, { client_name: 'Sent Later' });
    await sendHundred('1 day');
    const refused = await erin.fill(await erin.open('/apply'), 'submit', DIARY);
    expect([refused.status, refused.html.includes('100 applications in a year')]).toEqual([400, true]);
  });

  it('is sent once by a form that is sent twice', async () => {
    const form = await dana.open('/apply');
    const press = () => dana.fill(form, 'submit', { ...DIARY, client_name: 'Sent Twice' });
    const pages = await Promise.all([press(), press()]);
    const words = ['The application is with the plan.', 'the application is with the plan.'];
    const said = words.map((text) => pages.filter(({ html }) => html.includes(text)).length);
    expect(said).toEqual([1, 1]);
    const named = `SELECT FROM application WHERE content #>> '{metadata,client_name}' = 'Sent Twice'`;
    expect((await there.world.db.query(named)).rowCount).toBe(1);
  });
});
