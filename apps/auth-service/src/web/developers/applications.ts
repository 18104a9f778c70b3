/** What the pages for applications do. */
import { NotFoundException } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { type Application, ApplicationRefused } from '../../domain/applications/applications.ts';
import {
  apply,
  findOwnApplication,
  submitAgain,
  withdrawOwn,
} from '../../domain/applications/own-applications.ts';
import type { Client } from '../../domain/clients/clients.ts';
import { RegistrationError } from '../../domain/clients/registration-error.ts';
import { findOwnApp } from '../../domain/developers/own-clients.ts';
import { PostedBefore } from '../../domain/developers/posted-once.ts';
import { developerPath } from '../../domain/urls.ts';
import { ONCE_FIELD } from '../pages/once-field.ts';
import { postedForm } from '../pages/posted-form.ts';
import { seeOther, sendPage } from '../session/session-context.ts';
import { applicationIn, valuesOfApproved, valuesOfContent } from './application-form.ts';
import { type OwnPage, parameterOf, workOf } from './developer-context.ts';
import { logoChangeIn } from './logo-form.ts';
import { inWordsOfForm } from './pages/app-fields.ts';
import { applicationPage, type ApplicationView, applyPage, noApplicationsPage } from './pages/application.ts';
import { BEFORE, leadToList } from './posted-before.ts';

const CONFLICT = 409;

const DONE: ReadonlyMap<string | undefined, string> = new Map([
  ['submit', 'The application is with the plan.'],
  ['withdraw', 'The application is withdrawn.'],
]);

/** @returns what is wrong, for the developer; other errors are thrown on */
function problemOf(error: unknown): { problem: string; status: number } {
  if (error instanceof RegistrationError)
    return { problem: inWordsOfForm(error.message), status: error.status };
  if (error instanceof ApplicationRefused)
    return { problem: `Nothing was changed: ${error.message}.`, status: CONFLICT };
  throw error;
}

const applicationPath = ({ frame }: OwnPage, id: string, done: string): string =>
  `${developerPath(frame.tenant, `applications/${id}`)}?done=${done}`;

/** @returns the page that says whom to ask, if the plan takes no applications */
function sendClosed({ server, reply, frame }: OwnPage): FastifyReply | undefined {
  const { applications } = server.tenant.settings;
  return applications?.open ? undefined : sendPage(reply, noApplicationsPage(frame, applications?.contact));
}

/** What the form cannot change, or knows already. */
const formOf = ({ server }: OwnPage, app?: Client) => ({
  isOpen: server.tenant.registration === 'open',
  method: app?.metadata.token_endpoint_auth_method,
  hasLogo: app?.metadata.logo !== undefined,
});

export function showApply(page: OwnPage): FastifyReply {
  const { reply, frame, session } = page;
  const values = page.kept?.values ?? { contact: session.developer.email };
  return sendClosed(page) ?? sendPage(reply, applyPage(frame, { ...formOf(page), values }));
}

/** @param app that is to be changed */
async function sendIn(page: OwnPage, app?: Client): Promise<FastifyReply> {
  const closed = sendClosed(page);
  if (closed) return closed;
  const { reply, frame } = page;
  const fields = postedForm(page.request);
  try {
    const logo = { logo: app?.metadata.logo, logoChange: await logoChangeIn(page.request) };
    const input = { ...applicationIn(fields, app?.metadata), ...logo };
    const id = await apply(workOf(page), input, { client: app?.id, once: fields.get(ONCE_FIELD) });
    return seeOther(reply, applicationPath(page, id, 'submit'));
  } catch (error) {
    if (error instanceof PostedBefore) return leadToList(page, BEFORE.applied);
    const { problem, status } = problemOf(error);
    const form = { ...formOf(page, app), problem, values: Object.fromEntries(fields) };
    return sendPage(reply, applyPage(frame, form), status);
  }
}

export const sendApplication = (page: OwnPage): Promise<FastifyReply> => sendIn(page);

/** @throws NotFoundException for an app of somebody else, and for one that needed no approval */
async function approvedApp(page: OwnPage): Promise<Client> {
  const client = await findOwnApp(workOf(page), page.request.params.client ?? '');
  if (!client || client.bannedAt || client.metadata.approved_scope === undefined)
    throw new NotFoundException();
  return client;
}

export async function showProposal(page: OwnPage): Promise<FastifyReply> {
  const app = await approvedApp(page);
  const form = { ...formOf(page, app), values: page.kept?.values ?? valuesOfApproved(app) };
  return sendClosed(page) ?? sendPage(page.reply, applyPage(page.frame, form));
}

export const sendProposal = async (page: OwnPage): Promise<FastifyReply> =>
  sendIn(page, await approvedApp(page));

/** @throws NotFoundException for an application of somebody else, which is the same as none */
async function applicationOf(page: OwnPage): Promise<Application> {
  const application = await findOwnApplication(workOf(page), page.request.params.application ?? '');
  if (!application) throw new NotFoundException();
  return application;
}

function sendIt(page: OwnPage, application: Application, more: Partial<ApplicationView>, status?: number) {
  const view = { application, values: valuesOfContent(application.content), ...more };
  return sendPage(page.reply, applicationPage(page.frame, view), status);
}

export async function showApplication(page: OwnPage): Promise<FastifyReply> {
  // The address of a form that was kept may still say what was done before.
  const shown = page.kept ? { values: page.kept.values } : { done: DONE.get(parameterOf(page, 'done')) };
  return sendIt(page, await applicationOf(page), shown);
}

/** The button that was pressed says what is done. */
export async function changeApplication(page: OwnPage): Promise<FastifyReply> {
  const application = await applicationOf(page);
  const fields = postedForm(page.request);
  const step = fields.get('action') === 'withdraw' ? 'withdraw' : 'submit';
  const { isChange, content, id } = application;
  const base = isChange ? content.metadata : undefined;
  try {
    if (step === 'withdraw') await withdrawOwn(workOf(page), id);
    else {
      const logo = { logo: content.logo, logoChange: await logoChangeIn(page.request) };
      await submitAgain(workOf(page), id, { ...applicationIn(fields, base), ...logo });
    }
  } catch (error) {
    const { problem, status } = problemOf(error);
    return sendIt(page, await applicationOf(page), { problem, values: Object.fromEntries(fields) }, status);
  }
  return seeOther(page.reply, applicationPath(page, id, step));
}
