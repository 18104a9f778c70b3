/** Whoever opens a page of their own: the browser's session at the authorization server, or a way to log in. */
import { NotFoundException } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Session } from 'oidc-provider';
import type { Account } from '../../domain/accounts/accounts.ts';
import { hmac, sameText } from '../../domain/keys/secrets.ts';
import { loginUrl } from '../../provider/clients/member-pages-client.ts';
import { PlanSuspended } from '../../provider/endpoints/error-page.ts';
import { sendFailure } from '../pages/failure.ts';
import { OWN_PAGE_HEADERS } from '../pages/headers.ts';
import type { MemberPage } from '../pages/member-page.ts';
import { formOf, frameOf, isForeign, rememberChoice } from '../pages/page-request.ts';
import type { Texts } from '../../domain/pages/texts/en.ts';
import type { SharedServices } from '../../provider/shared-services.ts';
import type { Tenants, TenantServer } from '../../provider/tenants.ts';

export type MemberRequest = FastifyRequest<{ Params: { tenant: string }; Body: unknown }>;

export interface Visitor {
  services: SharedServices;
  server: TenantServer;
  request: MemberRequest;
  reply: FastifyReply;
  session: Session;
  account: Account;
  /** in the language of the page */
  texts: Texts;
  /** query of the page's address */
  search: string;
  /** the hidden field that a post must bring: bound to this session */
  token: string;
}

export async function serverOf(tenants: Tenants, request: MemberRequest): Promise<TenantServer> {
  const server = await tenants.get(request.params.tenant);
  if (!server) throw new NotFoundException();
  return server;
}

/** @returns undefined when nobody is logged in at this browser */
export async function visitorOf(
  services: SharedServices,
  server: TenantServer,
  request: MemberRequest,
  reply: FastifyReply,
): Promise<Visitor | undefined> {
  const { provider, tenant, stores } = server;
  rememberChoice(tenant, request, reply);
  const session = await provider.Session.get(provider.createContext(request.raw, reply.raw));
  const account = session.accountId === undefined ? undefined : await stores.accounts.find(session.accountId);
  if (!account) return undefined;
  const token = hmac(services.formKey, `${tenant.id}/session/${session.uid}`);
  const { texts, search } = frameOf(tenant, request);
  return { services, server, request, reply, session, account, texts, search, token };
}

/** What a controller of such pages has. */
export interface Host {
  tenants: Tenants;
  services: SharedServices;
}

/**
 * Does something for whoever is logged in; whoever is not is sent to log in, and whatever fails is a page.
 *
 * @param page to come back to after logging in
 */
export async function visit(
  { tenants, services }: Host,
  page: string,
  request: MemberRequest,
  reply: FastifyReply,
  act: (visitor: Visitor) => FastifyReply | Promise<FastifyReply>,
): Promise<void> {
  const server = await serverOf(tenants, request);
  try {
    if (server.tenant.suspended) throw new PlanSuspended();
    const visitor = await visitorOf(services, server, request, reply);
    await (visitor ? act(visitor) : sendToLogin(server, reply, page));
  } catch (error) {
    sendFailure(services, server, request, reply, error);
  }
}

/** What every page of theirs has. */
export function pageOf({ server, account, token, texts, search }: Visitor): MemberPage {
  const { id, name, settings } = server.tenant;
  const secondFactor = settings.secondFactor !== 'off';
  return { tenant: id, plan: name, login: account.login, secondFactor, token, texts, search };
}

/** The posted form, if it is one of this session's own pages (security case O08). */
export function postedForm({ request, token }: Visitor): URLSearchParams | undefined {
  const fields = formOf(request);
  return !isForeign(request) && sameText(fields.get('token') ?? '', token) ? fields : undefined;
}

export function sendPage(reply: FastifyReply, page: string, status = 200): FastifyReply {
  return reply.code(status).headers(OWN_PAGE_HEADERS).type('text/html; charset=utf-8').send(page);
}

export function seeOther(reply: FastifyReply, to: string): FastifyReply {
  return reply.headers(OWN_PAGE_HEADERS).redirect(to, 303);
}

/** @param page to come back to */
function sendToLogin({ tenant }: TenantServer, reply: FastifyReply, page: string): FastifyReply {
  return seeOther(reply, loginUrl(tenant, page));
}
