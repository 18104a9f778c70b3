/** An app proves itself with its secret (RFC 6749 section 2.3.1), outside oidc-provider. */
import type { Pool } from '@patient-access/database';
import { type Client, findAdmitted } from '../clients/clients.ts';
import { digest, sameText } from '../keys/secrets.ts';

const BASIC = /^basic +([A-Za-z0-9+/]+=*)$/i;

/** @returns id and secret, each of which is encoded as a form */
function credentialsIn(authorization = ''): [id: string, secret: string] | undefined {
  const [, encoded] = BASIC.exec(authorization) ?? [];
  if (encoded === undefined) return undefined;
  const [, id, secret] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded, 'base64').toString('utf8')) ?? [];
  if (!id || !secret) return undefined;
  try {
    return [decodeURIComponent(id), decodeURIComponent(secret)];
  } catch {
    return undefined;
  }
}

function holds({ secret, previousSecret, previousSecretUntil }: Client, given: string): boolean {
  const known = digest(given);
  const isCurrent = secret !== null && sameText(known, secret);
  const isPrevious = previousSecret !== null && sameText(known, previousSecret);
  return isCurrent || (isPrevious && previousSecretUntil !== null && previousSecretUntil > new Date());
}

/** @returns undefined unless the header holds the id of a client that is not banned, and its secret */
export async function clientBySecret(
  pool: Pool,
  tenant: string,
  authorization: string | undefined,
): Promise<Client | undefined> {
  const [id, secret] = credentialsIn(authorization) ?? [];
  if (id === undefined || secret === undefined || id.includes('\0')) return undefined;
  const client = await findAdmitted(pool, tenant, id);
  return client && holds(client, secret) ? client : undefined;
}
