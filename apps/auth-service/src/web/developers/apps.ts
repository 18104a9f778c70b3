/** What the pages for a developer's own apps do. */
import { NotFoundException } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { listOwnApplications } from '../../domain/applications/own-applications.ts';
import type { Client } from '../../domain/clients/clients.ts';
import { RegistrationError } from '../../domain/clients/registration-error.ts';
import {
  changeOwnApp,
  deleteOwnApp,
  findOwnApp,
  listOwnApps,
  registerOwnApp,
  rotateOwnSecret,
} from '../../domain/developers/own-clients.ts';
import { PostedBefore } from '../../domain/developers/posted-once.ts';
import { isLogoDigest } from '../../domain/logos/logo.ts';
import { findOwnLogo } from '../../domain/logos/logos.ts';
import { developerPath } from '../../domain/urls.ts';
import { sendLogo } from '../logos/send-logo.ts';
import type { LastReadsOfApps } from '../../provider/scorecard/last-reads.ts';
import { ONCE_FIELD } from '../pages/once-field.ts';
import { postedForm } from '../pages/posted-form.ts';
import { seeOther, sendPage } from '../session/session-context.ts';
import { appChange, newApp, appValuesOf } from './app-form.ts';
import { type OwnPage, parameterOf, workOf } from './developer-context.ts';
import { logoChangeIn } from './logo-form.ts';
import { inWordsOfForm } from './pages/app-fields.ts';
import { appPage, type AppView } from './pages/app.ts';
import { newAppPage, ownAppsPage } from './pages/apps.ts';
import { BEFORE, leadToList } from './posted-before.ts';
import { unreadOf } from './unread.ts';

const REGISTERED = 'Your app is registered.';
const DONE: ReadonlyMap<string | undefined, string> = new Map([
  ['registered', REGISTERED],
  ['saved', 'The change is saved, and is good from now on.'],
  ['deleted', 'The app is deleted.'],
  ...Object.values(BEFORE),
]);

const doneOf = (page: OwnPage): string | undefined => DONE.get(parameterOf(page, 'done'));

/** @returns what is wrong with the form, for its developer; other errors are thrown on */
function problemOf(error: unknown): {
  problem: string;
  status: number;
  headers: RegistrationError['headers'];
} {
  if (!(error instanceof RegistrationError)) throw error;
  return { problem: inWordsOfForm(error.message), status: error.status, headers: error.headers };
}

export async function showApps(page: OwnPage): Promise<FastifyReply> {
  const { reply, frame, server } = page;
  const work = workOf(page);
  const [clients, applications] = await Promise.all([listOwnApps(work), listOwnApplications(work)]);
  const { registration, settings } = server.tenant;
  const offers = { register: registration === 'open', apply: settings.applications !== undefined };
  return sendPage(reply, ownAppsPage(frame, { clients, applications, offers, done: doneOf(page) }));
}

/** Elsewhere an app needs the plan's approval. @throws NotFoundException */
function checkOpen({ server }: OwnPage): void {
  if (server.tenant.registration !== 'open') throw new NotFoundException();
}

export function showNewApp(page: OwnPage): FastifyReply {
  checkOpen(page);
  const { reply, frame, session } = page;
  const values = page.kept?.values ?? { contact: session.developer.email };
  return sendPage(reply, newAppPage(frame, { values }));
}

async function clientOf(page: OwnPage, id = page.request.params.client ?? ''): Promise<Client> {
  const client = await findOwnApp(workOf(page), id);
  if (!client) throw new NotFoundException();
  return client;
}

function sendApp(page: OwnPage, client: Client, more: Partial<AppView>, status?: number): FastifyReply {
  const { fhirBase } = page.server.tenant;
  const view = { client, fhirBase, values: appValuesOf(client), ...more };
  return sendPage(page.reply, appPage(page.frame, view), status);
}

export async function registerNewApp(page: OwnPage): Promise<FastifyReply> {
  checkOpen(page);
  const { reply, frame } = page;
  const fields = postedForm(page.request);
  try {
    const { id, secret } = await registerOwnApp(workOf(page), newApp(fields), {
      logo: await logoChangeIn(page.request),
      once: fields.get(ONCE_FIELD),
    });
    const path = `${developerPath(frame.tenant, `apps/${id}`)}?done=registered`;
    if (secret === undefined) return seeOther(reply, path);
    return sendApp(page, await clientOf(page, id), { secret, done: REGISTERED });
  } catch (error) {
    if (error instanceof PostedBefore) return leadToList(page, BEFORE.registered);
    const { problem, status, headers } = problemOf(error);
    // When and how often one may register, if it was too often.
    void reply.headers(headers);
    return sendPage(reply, newAppPage(frame, { problem, values: Object.fromEntries(fields) }), status);
  }
}

export async function showApp(page: OwnPage, lastReads: LastReadsOfApps): Promise<FastifyReply> {
  const client = await clientOf(page);
  const { pool, tenant } = workOf(page);
  const unread = await unreadOf(pool, lastReads, { tenant: tenant.id, client: client.id });
  const filledIn = page.kept && { values: page.kept.values };
  return sendApp(page, client, { done: doneOf(page), unread, ...filledIn });
}

async function saveApp(page: OwnPage, id: string, fields: URLSearchParams): Promise<FastifyReply> {
  try {
    const logo = await logoChangeIn(page.request);
    if (!(await changeOwnApp(workOf(page), id, appChange(fields), logo))) throw new NotFoundException();
  } catch (error) {
    const { problem, status } = problemOf(error);
    return sendApp(page, await clientOf(page), { problem, values: Object.fromEntries(fields) }, status);
  }
  return seeOther(page.reply, `${developerPath(page.frame.tenant, `apps/${id}`)}?done=saved`);
}

async function rotateSecret(page: OwnPage, id: string, fields: URLSearchParams): Promise<FastifyReply> {
  const secret = await rotateOwnSecret(workOf(page), id, { atOnce: fields.get('at_once') === 'yes' });
  if (secret === undefined) throw new NotFoundException();
  return sendApp(page, await clientOf(page), { secret });
}

async function deleteApp(page: OwnPage, id: string, fields: URLSearchParams): Promise<FastifyReply> {
  if (fields.get('sure') !== 'yes') {
    const problem = 'Nothing was deleted: check “Delete the app” first.';
    return sendApp(page, await clientOf(page), { problem }, 400);
  }
  if (!(await deleteOwnApp(workOf(page), id))) throw new NotFoundException();
  return seeOther(page.reply, `${developerPath(page.frame.tenant)}?done=deleted`);
}

/** A logo that this account has sent, used or not. @throws NotFoundException */
export async function sendOwnLogo(page: OwnPage): Promise<FastifyReply> {
  const { pool, tenant, developer } = workOf(page);
  const { digest } = page.request.params;
  if (!isLogoDigest(digest)) throw new NotFoundException();
  return sendLogo(page.reply, await findOwnLogo(pool, tenant.id, digest, developer.id), 'no-store');
}

/** The button that was pressed says what is done. */
export async function changeApp(page: OwnPage): Promise<FastifyReply> {
  const { id } = await clientOf(page);
  const fields = postedForm(page.request);
  const action = fields.get('action');
  if (action === 'rotate') return rotateSecret(page, id, fields);
  if (action === 'delete') return deleteApp(page, id, fields);
  return saveApp(page, id, fields);
}
