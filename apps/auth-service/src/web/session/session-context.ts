/** What a member's own page needs: the request, and the person who is logged in at the browser. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Session } from 'oidc-provider';
import type { Account } from '../../domain/accounts/accounts.ts';
import { sameText } from '../../domain/keys/secrets.ts';
import { loginName } from '../../domain/pages/login-name.ts';
import type { Texts } from '../../domain/pages/texts/en.ts';
import { memberHelpPath } from '../../domain/urls.ts';
import type { PageContext } from '../pages/page-context.ts';
import { OWN_PAGE_HEADERS } from '../pages/headers.ts';
import type { MemberPage } from '../pages/member-page.ts';
import { isCrossSite, postedForm } from '../pages/posted-form.ts';

/** A request for a page of a tenant. */
export type TenantRequest = FastifyRequest<{ Params: { tenant: string }; Body: unknown }>;

export interface SessionContext extends PageContext {
  request: TenantRequest;
  /** of oidc-provider */
  session: Session;
  account: Account;
  /** in the language of the page */
  texts: Texts;
  /** query of the page's address */
  search: string;
  /** the hidden field that a post must contain; bound to this session */
  token: string;
}

/** The values that every page of a logged-in member shows. */
export function memberPageOf({ server, account, token, texts, search }: SessionContext): MemberPage {
  const { id, name, settings } = server.tenant;
  const mail = settings.mail !== undefined;
  return {
    tenant: id,
    plan: name,
    login: loginName(account, texts),
    mail,
    token,
    texts,
    search,
    memberHelp: memberHelpPath(id),
  };
}

/** @returns the posted form, if a page of this session posted it (security case O08) */
export function genuineForm({ request, token }: SessionContext): URLSearchParams | undefined {
  const fields = postedForm(request);
  return !isCrossSite(request) && sameText(fields.get('token') ?? '', token) ? fields : undefined;
}

export function sendPage(reply: FastifyReply, page: string, status = 200): FastifyReply {
  return reply.code(status).headers(OWN_PAGE_HEADERS).type('text/html; charset=utf-8').send(page);
}

export function seeOther(reply: FastifyReply, to: string): FastifyReply {
  return reply.headers(OWN_PAGE_HEADERS).redirect(to, 303);
}
