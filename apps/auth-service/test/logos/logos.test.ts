/** A developer sends the logo of an app. Members see it on the consent page and beside the app; nothing else gets through. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createPool } from '@patient-access/database';
import { ADMIN_COMMANDS } from '../../src/commands/commands.ts';
import { createPrisma } from '../../src/domain/database.ts';
import { getTokens, openAndLogIn, type RegisteredApp, startAuthorization } from '../app.ts';
import { openApps } from '../apps/member.ts';
import { configure } from '../configure.ts';
import { DeveloperAtBrowser, type DeveloperWorld, startDeveloperWorld } from '../developers/developer.ts';
import { applyAs, approve, asStaff, DIARY, settings } from '../applications/world.ts';
import { ADMIN_SECRET } from '../world.ts';
import { chunk, jpeg, png, REFUSED } from './pictures.ts';

let there: DeveloperWorld;
let dana: DeveloperAtBrowser;
beforeAll(async () => {
  there = await startDeveloperWorld();
  await configure(there.world, settings());
  dana = new DeveloperAtBrowser(there, 'dana@apps.example');
  await dana.join();
}, 120_000);
afterAll(() => there?.stop());

const asApp = (id: string): RegisteredApp => ({
  tenant: 'northwind',
  client_id: id,
  redirect_uri: 'https://diary.example/callback',
});
const pictureIn = (html: string) => /<img class="logo" src="([^"]*)"/.exec(html)?.[1];
const digestIn = (html: string) => /\/logos\/([0-9a-f]{64})"/.exec(html)?.[1] ?? '';

/** @returns the page of the app after the upload */
async function upload(id: string, file: Buffer, fields: Readonly<Record<string, string>> = {}) {
  return dana.sendFile(await dana.open(`/apps/${id}`), 'save', file, fields);
}

const get = async (path: string) => {
  const answer = await fetch(`${there.world.url}${path}`);
  return { answer, bytes: Buffer.from(await answer.arrayBuffer()) };
};

describe('the logo of an app', () => {
  it('is on the consent page and on the page of connected apps, from our own host', async () => {
    const fields = { client_name: 'Health Diary', redirect_uris: 'https://diary.example/callback' };
    const own = await dana.sendFile(await dana.open('/new'), 'register', png(), fields);
    const [, id = ''] = /\/apps\/([^?]+)/.exec(own.url) ?? [];
    const digest = digestIn(own.html);
    expect([own.status, pictureIn(own.html)]).toEqual([200, `/account/northwind/logos/${digest}`]);
    const [, consent] = await openAndLogIn(there.world, startAuthorization(there.world, asApp(id)).url);
    await getTokens(there.world, asApp(id));
    const { page: apps } = await openApps(there.world);
    for (const { html, headers } of [consent, apps]) {
      expect(pictureIn(html)).toBe(`/auth/northwind/logos/${digest}`);
      expect(headers.get('content-security-policy')).toContain("; img-src 'self';");
      expect(html).not.toMatch(/<script|style="/);
    }
  });

  it('O116: is served as a picture that can do nothing, and may be kept, under the name of its bytes', async () => {
    const { id } = await dana.register();
    const digest = digestIn((await upload(id, png({ shade: 10 }))).html);
    const { answer, bytes } = await get(`/auth/northwind/logos/${digest}`);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'image/png',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox",
      'cross-origin-resource-policy': 'same-origin',
      'cache-control': 'public, max-age=86400, immutable',
    });
    expect(answer.headers.getSetCookie()).toEqual([]);
    expect(bytes.subarray(1, 4).toString()).toBe('PNG');
  });

  it('O116: carries nothing but the picture: no words, no place, nothing behind its end', async () => {
    const words = '<script>alert("my address")</script>';
    const { id } = await dana.register();
    for (const file of [
      png({ shade: 20, before: [chunk('tEXt', words), chunk('eXIf', words)], behind: Buffer.from(words) }),
      jpeg(words),
    ]) {
      const digest = digestIn((await upload(id, file)).html);
      const { answer, bytes } = await get(`/auth/northwind/logos/${digest}`);
      expect([answer.status, bytes.includes('alert'), bytes.includes('Exif')]).toEqual([200, false, false]);
    }
  });

  it.each(REFUSED)('O116: is never %s', async (_what, file, words) => {
    const { id } = await dana.register();
    const page = await upload(id, file, { client_name: 'Typed Before' });
    expect([page.status, page.html.includes('Typed Before')]).toEqual([400, true]);
    expect(page.html).toContain(words);
    expect(pictureIn((await dana.open(`/apps/${id}`)).html)).toBeUndefined();
  });

  it('stays when no file is chosen, and goes when its developer says so', async () => {
    const { id } = await dana.register();
    const digest = digestIn((await upload(id, png({ shade: 30 }))).html);
    expect(digestIn((await upload(id, Buffer.alloc(0))).html)).toBe(digest);
    const without = await upload(id, Buffer.alloc(0), { no_logo: 'yes' });
    expect(pictureIn(without.html)).toBeUndefined();
    expect((await get(`/auth/northwind/logos/${digest}`)).answer.status).toBe(404);
  });

  it('O116: is nothing to another developer, at another plan, and once the app is banned', async () => {
    const { id } = await dana.register();
    const digest = digestIn((await upload(id, png({ shade: 40 }))).html);
    const eve = new DeveloperAtBrowser(there, 'eve@apps.example');
    await eve.join();
    expect((await eve.open(`/logos/${digest}`)).status).toBe(404);
    expect((await get(`/account/northwind/logos/${digest}`)).bytes.includes('PNG')).toBe(false);
    expect((await get(`/auth/lakeside/logos/${digest}`)).answer.status).toBe(404);
    expect((await get('/auth/northwind/logos/..%2f..%2fx')).answer.status).toBe(404);
    expect((await get(`/auth/northwind/logos/${digest}`)).answer.status).toBe(200);
    await there.world.db.query('UPDATE client SET banned_at = now() WHERE id = $1', [id]);
    expect((await get(`/auth/northwind/logos/${digest}`)).answer.status).toBe(404);
  });

  it('O116: is no link to another host, and no app sets it at the registration endpoint', async () => {
    const digest = digestIn((await upload((await dana.register()).id, png({ shade: 50 }))).html);
    const answer = await fetch(`${there.world.url}/auth/northwind/oauth2/v1/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        client_name: 'Far Away',
        redirect_uris: ['https://diary.example/callback'],
        token_endpoint_auth_method: 'none',
        logo_uri: 'https://watcher.example/logo.png',
        logo: digest,
      }),
    });
    const { client_id: id } = (await answer.json()) as { client_id: string };
    const [, consent] = await openAndLogIn(there.world, startAuthorization(there.world, asApp(id)).url);
    expect(consent.html).toContain('Far Away');
    expect(consent.html).not.toMatch(/watcher\.example|<img/);
  });

  it('O116: stays once the plan has checked the app, also for a page that was open before', async () => {
    const { id, page } = await dana.register();
    await there.world.db.query(
      `UPDATE client SET metadata = metadata || '{"verified":true,"verified_domain":"diary.example"}' WHERE id = $1`,
      [id],
    );
    const fields = { client_name: 'Health Diary', contact: 'dana@apps.example' };
    const late = await dana.sendFile(page, 'save', png({ shade: 90 }), fields);
    expect([late.status, late.html.includes('ask the plan for the change')]).toEqual([400, true]);
    expect(pictureIn((await dana.open(`/apps/${id}`)).html)).toBeUndefined();
  });

  it('O116: needs an application where members are real', async () => {
    const { id } = await dana.register();
    const setKind = async (kind: string) => {
      await there.world.db.query("UPDATE tenant SET kind = $1, changed_at = now() WHERE id = 'northwind'", [
        kind,
      ]);
      await configure(there.world, settings());
    };
    await setKind('production');
    const page = await upload(id, png());
    await setKind('preview');
    expect([page.status, page.html.includes('it needs an application')]).toEqual([400, true]);
  });
});

describe('a form with a file', () => {
  it('O116: is taken on the pages for developers alone, up to a megabyte, with the token of the session', async () => {
    const { id } = await dana.register();
    const page = await dana.open(`/apps/${id}`);
    const form = new FormData();
    form.set('client_name', 'x');
    const send = (path: string, body: FormData | string, headers = {}) =>
      dana.browser.request(`${there.world.url}${path}`, { method: 'POST', body, headers });
    const at = `/account/northwind/apps/${id}`;
    expect((await send('/auth/northwind/recovery', form)).status).toBe(415);
    expect((await send(at, 'nonsense', { 'content-type': 'multipart/form-data' })).status).toBe(400);
    expect((await dana.sendFile(page, 'save', Buffer.alloc(1_100_000))).status).toBe(413);
    expect((await dana.sendFile(page, 'save', png(), { token: 'guessed' })).status).toBe(403);
  });
});

describe('a logo in an application', () => {
  const logoOf = async (id: string) => {
    const at = `${there.world.address}/internal/admin/northwind/applications/${id}/logo`;
    const headers = { authorization: `Bearer ${ADMIN_SECRET}`, 'x-administrator': 'ada' };
    const answer = await fetch(at, { headers });
    return { status: answer.status, bytes: Buffer.from(await answer.arrayBuffer()) };
  };
  const shown = async (app: RegisteredApp) => {
    const [, page] = await openAndLogIn(there.world, startAuthorization(there.world, app).url);
    return /logos\/([0-9a-f]{64})/.exec(page.html)?.[1];
  };

  it('O116: is looked at by staff, approved with the version, and changed by an approval alone', async () => {
    const id = await applyAs(dana, { client_name: 'Pictured' });
    expect((await logoOf(id)).status).toBe(404);
    const fields = { ...DIARY, client_name: 'Pictured' };
    await dana.sendFile(await dana.open(`/applications/${id}`), 'submit', png({ shade: 60 }), fields);
    const { body: first } = await asStaff(there, `/${id}`);
    expect([first['version'], (await logoOf(id)).bytes.subarray(1, 4).toString()]).toEqual([2, 'PNG']);
    const app = await approve(there, id);
    expect(await shown(app)).toBe(first['logo']);

    const form = await dana.open(`/apps/${app.client_id}/change`);
    const sent = await dana.sendFile(form, 'submit', png({ shade: 70 }), fields);
    const [, change = ''] = /applications\/([0-9a-f-]+)/.exec(sent.url) ?? [];
    const { body: second } = await asStaff(there, `/${change}`);
    expect(second['changes']).toEqual([{ field: 'logo', from: first['logo'], to: second['logo'] }]);
    expect(await shown(app)).toBe(first['logo']);
    const early = await fetch(`${there.world.url}/auth/northwind/logos/${String(second['logo'])}`);
    expect(early.status).toBe(404);
    await approve(there, change);
    expect(await shown(app)).toBe(second['logo']);

    const own = await dana.open(`/apps/${app.client_id}`);
    const removal = await dana.sendFile(own, 'save', Buffer.alloc(0), { ...fields, no_logo: 'yes' });
    expect(removal.status).toBe(400);
    expect(await shown(app)).toBe(second['logo']);
  });

  it('is written to a file by the command, and never over another', async () => {
    const id = await applyAs(dana, { client_name: 'Kept' });
    const fields = { ...DIARY, client_name: 'Kept' };
    await dana.sendFile(await dana.open(`/applications/${id}`), 'submit', png({ shade: 80 }), fields);
    const folder = await mkdtemp(join(tmpdir(), 'logo-'));
    const pool = await createPool(there.world.databaseUrl, { max: 1 });
    const tools = { prisma: createPrisma(pool), pool, masters: [there.world.master] as const };
    const given = { tenant: 'northwind', application: id, to: join(folder, 'logo.png') };
    const save = () => ADMIN_COMMANDS['application logo']?.(tools, given as never);
    try {
      expect(await save()).toMatchObject({ type: 'image/png' });
      expect(await readFile(join(folder, 'logo.png'))).toEqual((await logoOf(id)).bytes);
      await expect(save()).rejects.toThrow('EEXIST');
    } finally {
      await pool.end();
      await rm(folder, { recursive: true });
    }
  });
});
