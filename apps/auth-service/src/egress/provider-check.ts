/** Asks a plan's identity provider what it says of itself, before its settings are in force. */
import {
  type ProviderMetadata,
  metadataProblems,
} from '../domain/administration/plans/federation-problems.ts';
import type { FederationSettings } from '../domain/tenant/federation-settings.ts';
import { createEgress, type Egress } from './egress.ts';

async function get(egress: Egress, url: string): Promise<Record<string, unknown>> {
  const answer = await egress(url);
  if (answer.status !== 200) throw new Error(`it answered ${answer.status}`);
  return Object((await answer.json()) as unknown) as Record<string, unknown>;
}

/** @returns what is wrong with the published keys */
async function keyProblems(
  egress: Egress,
  url: string,
  { idTokenAlg }: FederationSettings,
): Promise<string[]> {
  const { keys } = await get(egress, url);
  const types = { RS256: 'RSA', PS256: 'RSA', ES256: 'EC', EdDSA: 'OKP' };
  const list = (Array.isArray(keys) ? keys : []) as { kty?: unknown; use?: unknown }[];
  const fits = list.some(({ kty, use }) => kty === types[idTokenAlg] && use !== 'enc');
  return fits ? [] : [`federation.idTokenAlg: the provider publishes no key for ${idTokenAlg}`];
}

/** @returns what is wrong, one line each; none when a login could work */
export async function providerProblems(
  federation: FederationSettings,
  kind: 'preview' | 'production',
): Promise<string[]> {
  const { issuer } = federation;
  const loopback = kind === 'preview' && issuer.startsWith('http:');
  const egress = createEgress({ loopback, hosts: new Set([new URL(issuer).host]) });
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  try {
    const metadata: ProviderMetadata = await get(egress, url);
    const problems = metadataProblems(federation, metadata);
    if (problems.length > 0) return problems;
    return await keyProblems(egress, String(metadata.jwks_uri), federation);
  } catch (error) {
    return [`federation.issuer: ${url} cannot be read: ${(error as Error).message}`];
  }
}
