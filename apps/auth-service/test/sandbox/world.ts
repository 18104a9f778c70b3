/** An app in the sandbox, with its tokens and the faults that it sets. */
import { waitUntil } from '@patient-access/testing';
import { exchange, introspect, refresh, type RegisteredApp, introspectionClaims } from '../app.ts';
import { plantCode } from '../plant.ts';
import { GATEWAY_BASIC, tenantOf, type World } from '../world.ts';

export const SCOPE = 'launch/patient offline_access patient/Coverage.rs patient/Observation.rs';

export interface Tokens {
  access: string;
  refresh: string;
}

type Members = Record<string, unknown>;

/** @returns the tokens of a new grant */
export async function tokensOf(world: World, app: RegisteredApp): Promise<Tokens> {
  const { code, verifier } = await plantCode(world, app, SCOPE);
  const { body, text } = await exchange(world, app, code, verifier);
  if (body['access_token'] === undefined) throw new Error(text);
  return { access: String(body['access_token']), refresh: String(body['refresh_token']) };
}

/** Sets a fault with an access token. An empty token is not sent. */
export async function toSandbox(
  world: World,
  path: string,
  token: string,
  form: Record<string, string> = {},
  { method = 'POST', tenant = 'northwind' } = {},
) {
  const response = await fetch(`${world.address}/auth/${tenant}/sandbox/${path}`, {
    method,
    ...(token && { headers: { authorization: `Bearer ${token}` } }),
    ...(method === 'POST' && { body: new URLSearchParams(form) }),
  });
  const text = await response.text();
  const body = JSON.parse(text) as Members;
  return { status: response.status, headers: response.headers, body, text };
}

/** The faults that introspection reports to the gateway for a token. */
export async function treatment(world: World, token: string): Promise<Members | undefined> {
  return (await introspectionClaims(world, token))?.['sandbox'] as Members | undefined;
}

export const isActiveToken = async (world: World, token: string): Promise<boolean> =>
  (await introspect(world, token)).body['active'] === true;

export const refreshed = (world: World, app: RegisteredApp, { refresh: token }: Tokens) =>
  refresh(world, app, token);

/** Collects the notices that a gateway receives during `act`. */
export async function noticesDuring(world: World, act: () => Promise<unknown>): Promise<string> {
  const ending = new AbortController();
  const { body } = await fetch(`${tenantOf(world).issuer.replace(/\/auth\/.*/, '')}/internal/revocations`, {
    headers: { authorization: GATEWAY_BASIC },
    signal: ending.signal,
  });
  let text = '';
  const reading = (async () => {
    for await (const chunk of body ?? []) text += Buffer.from(chunk as Uint8Array).toString();
  })().catch(() => undefined);
  await act();
  await waitUntil(() => text.includes('data:'));
  ending.abort();
  await reading;
  return text;
}
