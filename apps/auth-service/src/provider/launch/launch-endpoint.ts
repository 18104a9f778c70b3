/** `POST {issuer}/launch`: a payer's own system opens a launch for one of its members. */
import type Provider from 'oidc-provider';
import { type Client, errors, type KoaContextWithOIDC } from 'oidc-provider';
import { addClientEndpoint, type JsonBody } from '../patches/client-endpoint.ts';
import { setLaunchEvent } from '../audit/record-events.ts';
import { LAUNCH_URL, VERIFIED } from '../clients/client-rules.ts';
import type { IdentityProvider } from '../../egress/identity-provider.ts';
import { isAboutToken } from '../../egress/provider-keys.ts';
import { memberNumberOf, toldNumberOf } from '../../domain/federation/claims.ts';
import type { Tenant } from '../../domain/tenant/tenant.ts';
import { MAY_LAUNCH } from '../../domain/launch/client-metadata.ts';
import { parseLaunchRequest } from '../../domain/launch/launch-request.ts';
import { LAUNCH_SECONDS, type Launches } from '../../domain/launch/launches.ts';

/** Only the plan gives this right, and only to a client that it registered and that authenticates. */
function mayLaunch(client: Client): boolean {
  return client[VERIFIED] === true && client[MAY_LAUNCH] === true && client.clientAuthMethod !== 'none';
}

/** @throws InvalidRequest when the launch is for an app that is not a client of the tenant */
async function findApp(provider: Provider, clientId: string | undefined): Promise<Client | undefined> {
  if (clientId === undefined) return undefined;
  const app = await provider.Client.find(clientId);
  if (!app) throw new errors.InvalidRequest('app_client_id: no such client');
  return app;
}

/** The URL to which the portal sends the browser, if the app registered one (SMART, "App launch URL"). */
function launchUrl(app: Client | undefined, tenant: Tenant, launch: string): string | undefined {
  const registered = app?.[LAUNCH_URL];
  if (typeof registered !== 'string') return undefined;
  const url = new URL(registered);
  url.searchParams.set('iss', tenant.fhirBase);
  url.searchParams.set('launch', launch);
  return url.href;
}

/** What the endpoint needs of its plan. */
interface LaunchPlan {
  tenant: Tenant;
  launches: Launches;
  identityProvider?: IdentityProvider;
}

/** The provider or its keys cannot be had now, so nobody knows whether the token is good. */
class NotChecked extends Error {
  readonly statusCode = 503;
}

/** @throws InvalidRequest for a token that is not good, or was issued to somebody else than the portal; NotChecked */
async function numberIn(identityProvider: IdentityProvider, idToken: unknown): Promise<string> {
  const { settings } = identityProvider;
  const { audiences = [] } = settings.launchByIdToken ?? {};
  const read = async () => {
    const { tokensOfOthers } = await identityProvider.endpoints();
    return tokensOfOthers.ofPortal(String(idToken), audiences);
  };
  const claims = await read().catch((cause: unknown) => {
    if (!isAboutToken(cause)) throw new NotChecked('an id_token of a portal', { cause });
    throw new errors.InvalidRequest('id_token: is not accepted');
  });
  return memberNumberOf(settings, claims);
}

/**
 * A portal that knows no Patients names a member number, or sends the id_token with which the member is logged in at the
 * portal, where the plan allows it.
 *
 * @throws InvalidRequest
 */
async function withPatient(plan: LaunchPlan, body: JsonBody): Promise<JsonBody> {
  const { member_number: number, id_token: idToken, ...rest } = body;
  const { identityProvider, launches } = plan;
  const { launchByNumber = false, launchByIdToken } = identityProvider?.settings ?? {};
  const byNumber = number !== undefined && launchByNumber;
  const byToken = idToken !== undefined && launchByIdToken !== undefined;
  if (!identityProvider || (!byNumber && !byToken)) return body;
  const name = byToken ? 'id_token' : 'member_number';
  if ('patient' in rest || (number !== undefined && idToken !== undefined))
    throw new errors.InvalidRequest(`${name}: give one of this, patient and the other`);
  const { memberNumber } = identityProvider.settings;
  const bearer = byToken
    ? await numberIn(identityProvider, idToken)
    : toldNumberOf(memberNumber, String(number));
  const patient = await launches.patientWith(bearer, memberNumber);
  if (patient === undefined) throw new errors.InvalidRequest(`${name}: stands for nobody, or for two people`);
  return { ...rest, patient };
}

/** Adds the launch endpoint to the authorization server of a tenant. */
export function addLaunchEndpoint(provider: Provider, plan: LaunchPlan): void {
  const { tenant, launches } = plan;
  const open = async (ctx: KoaContextWithOIDC, body: JsonBody): Promise<void> => {
    ctx.set('Pragma', 'no-cache');
    if (!mayLaunch(ctx.oidc.client as Client)) {
      setLaunchEvent(ctx, { action: 'refuse', outcome: '4', reason: 'unauthorized-client' });
      throw new errors.UnauthorizedClient('the plan did not give this client the right to open launches');
    }
    const named = await withPatient(plan, body);
    const requested = parseLaunchRequest(named, (problem) => new errors.InvalidRequest(problem));
    const app = await findApp(provider, requested.app);
    const launch = await launches.open(requested);
    setLaunchEvent(ctx, { action: 'open', outcome: '0', member: requested.patient });
    ctx.status = 201;
    ctx.body = { launch, expires_in: LAUNCH_SECONDS, launch_url: launchUrl(app, tenant, launch) };
  };
  addClientEndpoint(provider, 'launch', '/launch', open);
}
