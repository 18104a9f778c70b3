/** The end of a test login: what the provider said, what a login would do, and the event in the trail. */
import type { FastifyRequest } from 'fastify';
import { findTestLogin, testLoginKey } from '../../domain/administration/identities/test-login.ts';
import { contextOfPlan, newAccessEvent, SEEN_BY_NO_APP } from '../../domain/audit/access-event.ts';
import { type Administrator, administratorUser } from '../../domain/audit/administrator.ts';
import { type ClaimSources, claimWarnings, whatWasChecked } from '../../domain/federation/claim-warnings.ts';
import { isAuditor, isSecondFactor, memberNumberOf, requirementsOf } from '../../domain/federation/claims.ts';
import { foreseeLogin } from '../../domain/federation/foresee-login.ts';
import { identityOf } from '../../domain/federation/identity.ts';
import { linkRulesOf } from '../../domain/federation/link-identity.ts';
import { consumeRecord } from '../../domain/grants/records.ts';
import type { FederationSettings } from '../../domain/tenant/federation-settings.ts';
import type { IdentityProvider } from '../../egress/identity-provider.ts';
import type { PendingLogin } from '../../egress/plan-login.ts';
import { clientAddress } from '../../provider/endpoints/client-address.ts';
import type { SharedServices } from '../../provider/shared-services.ts';
import type { TenantServer } from '../../provider/tenants.ts';
import type { TestLoginResult, ToldClaims } from '../pages/test-login.ts';
import { planRefusalOf, providerWordsOf, unlessNotNow } from './login-refusal.ts';

/** What the browser keeps while it is at the provider. */
export interface TestUnderway {
  token: string;
  underway: PendingLogin;
}

const toldBy = (settings: FederationSettings, sources: ClaimSources, signed: object): ToldClaims => ({
  claims: sources.claims,
  unsigned: Object.keys(sources.userinfo).filter((name) => !Object.hasOwn(signed, name)),
  number: memberNumberOf(settings, sources.claims),
  secondFactor: isSecondFactor(settings, sources.claims),
  auditor: isAuditor(settings, sources.claims),
  requirements: requirementsOf(settings, sources.claims),
  warnings: claimWarnings(settings, sources),
  checked: whatWasChecked(settings, sources),
});

/** @param result is filled step by step, so that it has what was known before a refusal */
async function run(
  { pool }: SharedServices,
  { tenant }: TenantServer,
  provider: IdentityProvider,
  search: URLSearchParams,
  underway: PendingLogin,
  result: TestLoginResult,
): Promise<void> {
  const { settings } = provider;
  const { login, profile: profileOf } = await provider.endpoints();
  const { claims, signed, userinfo, accessToken } = await login.finish(search, underway);
  const profile = await profileOf(accessToken);
  result.told = toldBy(settings, { claims, userinfo, profile }, signed);
  const needs = { secondFactor: tenant.settings.secondFactor === 'required' };
  const identity = identityOf(settings, claims, needs);
  result.foreseen = await unlessNotNow(foreseeLogin(pool, tenant.id, identity, linkRulesOf(settings)));
}

/** The administrator who asked for the test is the user of the event; the person who logged in is in its words. */
async function record(
  { outbox }: SharedServices,
  { tenant }: TenantServer,
  request: FastifyRequest,
  administrator: Administrator,
  { refusal, told, foreseen }: TestLoginResult,
): Promise<void> {
  const { patients = [] } = foreseen ?? {};
  const member = (patients.find(({ relationship }) => relationship === 'self') ?? patients[0])?.id;
  const words = [
    told && `subject: ${String(told.claims['sub'])}`,
    told?.number && `member number: ${told.number}`,
    refusal?.demand && `the provider demands ${refusal.demand}`,
    refusal?.said && `the provider: ${refusal.said}`,
  ].filter(Boolean);
  const context = contextOfPlan(tenant.id, { requestId: request.id, address: clientAddress(request) });
  const event = newAccessEvent(context, {
    kind: 'administration',
    action: 'test-login',
    ...SEEN_BY_NO_APP,
    outcome: refusal ? '4' : '0',
    ...(refusal && { reason: refusal.reason }),
    user: administratorUser(administrator),
    ...(member !== undefined && { member }),
    ...(words.length > 0 && { request: words.join('; ') }),
  });
  await outbox.record(event);
}

/** @returns undefined when the test is over */
export async function finishTestLogin(
  services: SharedServices,
  server: TenantServer,
  request: FastifyRequest,
  { token, underway }: TestUnderway,
): Promise<TestLoginResult | undefined> {
  const { tenant, identityProvider } = server;
  const test = await findTestLogin(services.pool, tenant.id, token);
  if (!identityProvider || !test) return undefined;
  if (!(await consumeRecord(services.pool, testLoginKey(tenant.id, token)))) return undefined;
  const { searchParams: search } = new URL(request.url, 'http://this.invalid');
  const result: TestLoginResult = {};
  try {
    await run(services, server, identityProvider, search, underway, result);
  } catch (error) {
    const { reason, cause, demand } = planRefusalOf(error);
    services.logger.warn({ err: error, tenant: tenant.id, requestId: request.id, reason }, 'a test login');
    result.refusal = { reason, said: providerWordsOf(cause), demand };
  }
  await record(services, server, request, test, result);
  return result;
}
