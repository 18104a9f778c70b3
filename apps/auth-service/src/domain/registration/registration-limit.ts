/**
 * Limits on registration: holders of an initial access token may register, and at an open tenant anybody within
 * limits.
 */
import { rateLimitHeaders, type ShownQuota } from '@patient-access/fhir';
import ipaddr from 'ipaddr.js';
import type { Queryable } from '../database.ts';
import { invalidToken, RegistrationError } from '../clients/registration-error.ts';
import { digest } from '../keys/secrets.ts';
import type { Tenant } from '../tenant/tenant.ts';

const HOUR_SECONDS = 3_600;
/** The IPv6 network of one household or server; all its addresses count together. */
const IPV6_PREFIX_PARTS = 4;
const MAX_ADDRESS_CHARACTERS = 64;

/** If several requests use a token at the same time, only as many get a row as it has uses left. */
const USE_TOKEN = `UPDATE initial_access_token SET uses_left = uses_left - 1
  WHERE tenant = $1 AND token = $2 AND uses_left > 0 AND expires_at > now() RETURNING id`;
const COUNT = `INSERT INTO registration_count (tenant, address, hour, count, expires_at)
  SELECT $1, $2, start, 1, start + interval '1 hour' FROM date_bin('1 hour', now(), TIMESTAMPTZ 'epoch') AS start
  ON CONFLICT (tenant, address, hour) DO UPDATE SET count = registration_count.count + 1
  WHERE registration_count.count < $3 RETURNING count`;

/** @throws RegistrationError 401 for a token that is unknown, expired or used up */
export async function useInitialToken(db: Queryable, tenant: string, token: string): Promise<void> {
  const { rowCount } = await db.query(USE_TOKEN, [tenant, digest(token)]);
  if (rowCount === 0) throw invalidToken();
}

function sourceOf(address: string): string {
  if (!ipaddr.isValid(address)) return address.slice(0, MAX_ADDRESS_CHARACTERS);
  const parsed = ipaddr.process(address);
  if (parsed.kind() === 'ipv4') return parsed.toString();
  const network = (parsed as ipaddr.IPv6).parts.slice(0, IPV6_PREFIX_PARTS);
  return `${network.map((part) => part.toString(16)).join(':')}::/64`;
}

interface Counted {
  /** '' for all addresses together */
  address: string;
  name: string;
  limit: number;
}

async function count(db: Queryable, tenant: string, counted: Counted): Promise<ShownQuota> {
  const { address, name, limit } = counted;
  const { rows } = await db.query<{ count: number }>(COUNT, [tenant, address, limit]);
  const seconds = HOUR_SECONDS - (Math.floor(Date.now() / 1000) % HOUR_SECONDS);
  const left = limit - (rows[0]?.count ?? limit);
  const quota = { name, limit, windowSeconds: HOUR_SECONDS, left, seconds };
  if (rows.length > 0) return quota;
  throw new RegistrationError(429, 'temporarily_unavailable', 'too many registrations this hour', {
    'retry-after': String(seconds),
    ...rateLimitHeaders([quota]),
  });
}

/**
 * Counts a registration, in the transaction that makes it.
 *
 * @returns what is left for the address; how busy a plan is says something about others, so only who is refused learns it
 * @throws RegistrationError 429 when one address, or all together, have registered too many in this hour
 */
export async function countRegistration(
  db: Queryable,
  { id, settings }: Pick<Tenant, 'id' | 'settings'>,
  address: string,
): Promise<ShownQuota> {
  const { perAddressPerHour, perTenantPerHour } = settings.registration;
  const own = { address: sourceOf(address), name: 'registration', limit: perAddressPerHour };
  const quota = await count(db, id, own);
  await count(db, id, { address: '', name: 'registration-of-plan', limit: perTenantPerHour });
  return quota;
}
