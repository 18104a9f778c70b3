import type { FastifyReply } from 'fastify';
import { isVerified, returnHost } from '../consent/app-name.ts';
import { askedFor } from '../consent/narrow.ts';
import { OFFLINE_GRANT_SECONDS } from '../oidc/lifetimes.ts';
import { choosePage } from '../pages/choose.ts';
import { consentPage } from '../pages/consent.ts';
import { formPageHeaders } from '../pages/headers.ts';
import { loginPage } from '../pages/login.ts';
import type { Step, Visit } from './visit.ts';

const RENDER: Record<Step, (visit: Visit, problem: string | undefined) => string> = {
  login: ({ token, app, server }, problem) => loginPage({ token, problem, app, plan: server.tenant.name }),
  choose: ({ token, app, server, account }, problem) =>
    choosePage({ token, problem, app, plan: server.tenant.name, members: account?.members ?? [] }),
  consent: (visit, problem) =>
    consentPage({
      token: visit.token,
      problem,
      app: visit.app,
      plan: visit.server.tenant.name,
      verified: isVerified(visit.client),
      host: returnHost(visit.redirectUri),
      login: visit.account?.login ?? '',
      member: visit.member,
      severalMembers: visit.member !== undefined && !visit.launch && (visit.account?.members.length ?? 0) > 1,
      asked: askedFor(visit.scope),
      until: new Date(Date.now() + OFFLINE_GRANT_SECONDS * 1000),
    }),
};

/** Shows the page that an authorization request has come to. */
export function showPage(
  visit: Visit,
  { status = 200, problem }: { status?: number; problem?: string } = {},
): FastifyReply {
  return visit.reply
    .code(status)
    .headers(formPageHeaders(visit.redirectUri))
    .type('text/html; charset=utf-8')
    .send(RENDER[visit.step](visit, problem));
}
