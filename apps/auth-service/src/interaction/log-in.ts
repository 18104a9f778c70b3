import type { FastifyReply } from 'fastify';
import { newEvent } from '../audit/access-event.ts';
import { type Account, fhirUserOf, ownMember } from '../accounts/accounts.ts';
import { addressOf } from './address.ts';
import { showPage } from './pages.ts';
import { claimInteraction, finishInteraction, type Visit } from './visit.ts';

/** `acr` of an id_token (OpenID Connect Core section 2): a password, nothing more. `amr` is of RFC 8176. */
const ACR_PASSWORD = 'urn:payer-patient-access:acr:password';

/** Whoever logs in as somebody else than the browser's session starts with a session that knows nothing. */
async function switchSession({ server, interaction, request, reply }: Visit, sub: string): Promise<void> {
  if (!interaction.session || interaction.session.accountId === sub) return;
  const { provider } = server;
  const session = await provider.Session.get(provider.createContext(request.raw, reply.raw));
  session.accountId = sub;
  session.authorizations = {};
  await session.persist();
  interaction.session.accountId = sub;
}

async function record(visit: Visit, account: Account | undefined, ok: boolean): Promise<void> {
  const { services, server, request, client } = visit;
  const { tenant } = server;
  const fhirUser = account && fhirUserOf(account, tenant.fhirBase);
  const context = { requestId: request.id, tenant, address: addressOf(request), client };
  const outcome = ok ? ({ outcome: '0' } as const) : ({ outcome: '4', reason: 'wrong-password' } as const);
  const member = account && ownMember(account)?.patient;
  const event = { kind: 'login', action: 'login', member, ...outcome } as const;
  await services.outbox.record(newEvent({ ...context, sub: account?.sub, fhirUser }, event));
}

/** Checks login and password; wrong ones get the login page again, whichever of the two was wrong. */
export async function logIn(visit: Visit, fields: URLSearchParams): Promise<FastifyReply | void> {
  const { accounts } = visit.server.tenant;
  const [login, password] = [fields.get('login') ?? '', fields.get('password') ?? ''];
  const { ok, account } = await accounts.authenticate(login, password);
  if (!ok || !account) {
    await record(visit, account, false);
    return showPage(visit, { status: 400, problem: visit.texts.login.wrong });
  }
  await claimInteraction(visit);
  await record(visit, account, true);
  await switchSession(visit, account.sub);
  const how = { acr: ACR_PASSWORD, amr: ['pwd'] };
  return finishInteraction(visit, { login: { accountId: account.sub, remember: false, ...how } });
}
