/** The plan's portal: a client that the plan has registered and that opens launches. */
import { randomBytes, randomUUID } from 'node:crypto';
import { insertClient } from '../../src/domain/clients/clients.ts';
import { digest } from '../../src/domain/keys/secrets.ts';
import { post } from '../app.ts';
import { tenantOf, type World } from '../world.ts';

export interface Portal {
  tenant: string;
  client_id: string;
  client_secret: string;
}

/** Registers a verified client directly, instead of through the administration. */
export async function registerPortal(
  world: World,
  metadata: Record<string, unknown> = {},
  tenant = 'northwind',
): Promise<Portal> {
  const client = { client_id: randomUUID(), client_secret: randomBytes(32).toString('base64url') };
  const { client_id: id, client_secret: secret } = client;
  const stored = {
    redirect_uris: [],
    response_types: [],
    grant_types: [],
    client_name: 'Member Portal',
    token_endpoint_auth_method: 'client_secret_basic',
    verified: true,
    may_launch: true,
    ...metadata,
  };
  await insertClient(world.db, tenant, { id, metadata: stored as never, registeredBy: 'plan', secret });
  return { ...client, tenant };
}

export const basic = ({ client_id, client_secret }: Portal): string =>
  `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString('base64')}`;

/** Sends `POST {issuer}/launch`, with HTTP Basic by default. */
export function postLaunch(
  world: World,
  portal: Portal,
  body: Record<string, unknown>,
  headers: Record<string, string> = { authorization: basic(portal) },
) {
  return post(`${tenantOf(world, portal.tenant).issuer}/launch`, body, headers);
}

/** @returns the value of the `launch` parameter */
export async function openLaunch(
  world: World,
  portal: Portal,
  body: Record<string, unknown> = {},
): Promise<string> {
  const answer = await postLaunch(world, portal, { patient: 'maria', ...body });
  if (answer.status !== 201) throw new Error(`no launch: ${answer.text}`);
  return answer.body['launch'] as string;
}

/** Makes a launch older. */
export async function letExpire(world: World, launch: string): Promise<void> {
  await world.db.query(
    `UPDATE oidc_record SET payload = jsonb_set(payload::jsonb, '{presentBy}', '0')::text
      WHERE model = 'Launch' AND id = $1`,
    [digest(launch)],
  );
}
