/** Creates codes and tokens with the models of oidc-provider, without a login or a consent page. */
import { createHash, randomBytes } from 'node:crypto';
import { grantRecord } from '../src/provider/adapters/record-adapter.ts';
import { preselected } from '../src/domain/consent/durations.ts';
import { takeSnapshot, written } from '../src/domain/consent/consent-snapshot.ts';
import type { RegisteredApp } from './app.ts';
import type { World } from './world.ts';

const GRANT_SECONDS = 3_600;
const PLANTED_SCOPE = 'launch/patient offline_access patient/*.rs';

async function subOf(world: World, tenant: string, login: string): Promise<string> {
  const text = 'SELECT sub FROM account WHERE tenant = $1 AND login = $2';
  return (await world.db.query<{ sub: string }>(text, [tenant, login])).rows[0]?.sub as string;
}

/** Creates a member's consent with its grant. */
async function plantGrant(
  world: World,
  app: Pick<RegisteredApp, 'tenant' | 'client_id'>,
  scope = PLANTED_SCOPE,
): Promise<{ grantId: string; sub: string }> {
  const { provider, tenant, stores } = await world.server(app.tenant);
  const sub = await subOf(world, app.tenant, app.tenant === 'lakeside' ? 'manuel.many' : 'maria.many');
  const grant = new provider.Grant({ accountId: sub, clientId: app.client_id });
  grant.jti = randomBytes(24).toString('base64url');
  grant.exp = Math.floor(Date.now() / 1000) + GRANT_SECONDS;
  grant.addOIDCScope(scope);
  grant.addResourceScope(tenant.fhirBase, scope);
  const [login, at] = ['maria.many', new Date()];
  const { name: plan, settings } = tenant;
  const page = {
    language: 'en',
    app: { name: 'Health Diary', verified: false },
    fhirUser: 'self',
    hasName: true,
  } as const;
  const shown = takeSnapshot({ ...page, plan, login, scope, settings, at });
  const duration = preselected(shown.durations);
  if (!duration) throw new Error('no duration is offered');
  await stores.consents.save(await grantRecord(tenant.id, grant), {
    grantId: grant.jti,
    sub,
    member: 'maria',
    clientId: app.client_id,
    page: written(shown),
    until: grant.exp,
    choice: { scope, declined: [], sensitive: [], labels: [], duration },
  });
  return { grantId: grant.jti, sub };
}

/** Creates an authorization code as it is after the consent page. */
export async function plantCode(
  world: World,
  app: RegisteredApp,
  scope = PLANTED_SCOPE,
): Promise<{ code: string; verifier: string; grantId: string }> {
  const { provider, tenant } = await world.server(app.tenant);
  const { grantId, sub } = await plantGrant(world, app, scope);
  const verifier = randomBytes(32).toString('base64url');
  const client = await provider.Client.find(app.client_id);
  if (!client) throw new Error('no such client');
  const code = new provider.AuthorizationCode({
    accountId: sub,
    client,
    grantId,
    scope,
    resource: tenant.fhirBase,
    redirectUri: app.redirect_uri,
    authTime: Math.floor(Date.now() / 1000),
    gty: 'authorization_code',
    codeChallenge: createHash('sha256').update(verifier).digest('base64url'),
    codeChallengeMethod: 'S256',
  });
  return { code: await code.save(), verifier, grantId };
}

/** Creates an access token with a scope that no app can request. */
export async function plantAccessToken(world: World, app: RegisteredApp, scope: string): Promise<string> {
  const { provider } = await world.server(app.tenant);
  const { grantId, sub } = await plantGrant(world, app);
  const client = await provider.Client.find(app.client_id);
  if (!client) throw new Error('no such client');
  const whose = { accountId: sub, client, grantId, gty: 'authorization_code' };
  const token = new provider.AccessToken({ ...whose, expiresIn: 300 });
  token.scope = scope;
  return token.save();
}
