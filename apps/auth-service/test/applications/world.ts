/** A plan at which an app needs an approval, and a developer who applies there. */
import type { BrowserPage } from '../browser.ts';
import { administer } from '../administration.ts';
import type { RegisteredApp } from '../app.ts';
import { configure } from '../configure.ts';
import { DeveloperAtBrowser, type DeveloperWorld, startDeveloperWorld } from '../developers/developer.ts';
import { FROM } from '../mail/world.ts';

export const STAFF = 'apps@northwind.example';

export const DIARY = {
  client_name: 'Health Diary',
  publisher: 'Diary Works',
  redirect_uris: 'https://diary.example/callback',
  policy_uri: 'https://diary.example/privacy',
  contact: 'help@diary.example',
  method: 'none',
  scope: 'openid launch/patient offline_access patient/Coverage.rs patient/Claim.rs',
  answer_purpose: 'It shows your bills next to your notes.',
  answer_sharing: 'nobody',
  answer_selling: 'never',
  answer_kept: 'In Ohio, at our own data center.',
  answer_deletion: 'in-the-app',
  answer_security: 'security@diary.example',
};

export const settings = (open = true) => ({
  nativeApps: true,
  mail: { from: FROM },
  applications: { open, contact: STAFF },
});

export async function startApplicationWorld(): Promise<DeveloperWorld> {
  const there = await startDeveloperWorld();
  await there.world.db.query("UPDATE tenant SET registration = 'token' WHERE id = 'northwind'");
  await configure(there.world, settings());
  return there;
}

const idIn = ({ url, html }: BrowserPage): string => {
  const [, id] = /\/applications\/([0-9a-f-]+)/.exec(url) ?? [];
  if (id === undefined) throw new Error(`no application: ${html}`);
  return id;
};

/** @returns the id of the application */
export async function applyAs(
  developer: DeveloperAtBrowser,
  change: Readonly<Record<string, string>> = {},
): Promise<string> {
  const form = await developer.open('/apply');
  return idIn(await developer.fill(form, 'submit', { ...DIARY, ...change }));
}

/** What staff do by the HTTP API. */
export const asStaff = (there: DeveloperWorld, act: string, body?: object) =>
  administer(there.world, body ? 'POST' : 'GET', `northwind/applications${act}`, body);

export async function approve(there: DeveloperWorld, id: string, verified = false): Promise<RegisteredApp> {
  const { body: shown } = await asStaff(there, `/${id}`);
  const { body } = await asStaff(there, `/${id}/approve`, { version: shown['version'], verified });
  const { redirect_uris } = body['metadata'] as { redirect_uris: string[] };
  return {
    tenant: 'northwind',
    client_id: String(body['client_id']),
    redirect_uri: redirect_uris[0] ?? '',
  };
}
