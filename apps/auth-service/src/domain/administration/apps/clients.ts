/** What administrators of a plan do with clients. The command line and the HTTP API both use these functions. */
import { inTransaction } from '@patient-access/database';
import type { PoolClient } from 'pg';
import { z } from 'zod';
import {
  type Client,
  deleteClient,
  findClient,
  insertClient,
  listClients,
  lockClient,
  replaceSecret,
  setBan,
  setMetadata,
} from '../../clients/clients.ts';
import { newClientId, newRandomSecret, secretFor } from '../../clients/credentials.ts';
import { type ClientMetadata, parseMetadata, SYSTEM_SCOPE, vouchedIn } from '../../clients/metadata.ts';
import { endGrantsOfClient } from '../../clients/end-client-grants.ts';
import { recordAct } from '../../audit/acts.ts';
import { invalidMetadata } from '../../clients/registration-error.ts';
import { checkDomain } from '../../clients/verified-domain.ts';
import { plainText } from '../../apps/app-name.ts';
import { actorOf, type Administration, NotFoundError } from '../administration.ts';

const DEFAULT_OVERLAP_HOURS = 24;
const MAX_OVERLAP_HOURS = 30 * 24;
const HOUR_SECONDS = 3_600;
const MAX_TEXT_CHARACTERS = 200;

/** A client as administrators see it, without secret and digest. */
function describe({ id, metadata, registeredBy, registeredAt, bannedAt, banReason }: Client) {
  const ban = bannedAt && { banned_at: bannedAt.toISOString(), ban_reason: banReason };
  return {
    client_id: id,
    registered_by: registeredBy,
    registered_at: registeredAt.toISOString(),
    ...ban,
    ...metadata,
  };
}
type DescribedClient = ReturnType<typeof describe>;

/** The change that an act of an administrator makes. */
type Change = (db: PoolClient, client: Client) => Promise<void>;

/** Changes a client and records it, in one transaction. @returns the client as it is then */
async function act(
  admin: Administration,
  id: string,
  action: string,
  change: Change,
): Promise<DescribedClient> {
  const { pool, tenant } = admin;
  return inTransaction(pool, async (db) => {
    const client = await lockClient(db, tenant.id, id);
    if (!client) throw new NotFoundError(`no client "${id}" at "${tenant.id}"`);
    await change(db, client);
    await recordAct(db, actorOf(admin), { action, client });
    return describe((await findClient(db, tenant.id, id)) ?? client);
  });
}

export const describeClients = async ({ pool, tenant }: Administration): Promise<DescribedClient[]> =>
  (await listClients(pool, tenant.id)).map(describe);

/** @throws NotFoundError */
export async function describeClient({ pool, tenant }: Administration, id: string): Promise<DescribedClient> {
  const client = await findClient(pool, tenant.id, id);
  if (!client) throw new NotFoundError(`no client "${id}" at "${tenant.id}"`);
  return describe(client);
}

/** What the plan has verified about an app. */
export const Verification = z.strictObject({
  /** the publisher's name, as members know it */
  publisher: z
    .string()
    .transform((text) => plainText(text))
    .pipe(z.string().min(1).max(MAX_TEXT_CHARACTERS)),
  /** the host of its redirect URIs and of its home page */
  domain: z.hostname(),
  contact: z.email().optional(),
  policy: z.url({ protocol: /^https$/ }).optional(),
});
export type Verification = z.infer<typeof Verification>;

/** @returns the metadata with what the plan has verified @throws RegistrationError when an address is not on the domain */
function vouchedFor(metadata: ClientMetadata, facts: Verification): ClientMetadata {
  const { publisher, domain, contact, policy } = facts;
  checkDomain(metadata, domain);
  const contacts = contact === undefined ? undefined : { contacts: [contact] };
  const pages = policy === undefined ? undefined : { policy_uri: policy };
  return { ...metadata, ...contacts, ...pages, verified: true, publisher, verified_domain: domain };
}

/**
 * Registers a client for somebody. The plan may choose any name, and `system/` scopes for a backend service.
 *
 * @param input RFC 7591 client metadata
 * @param facts what the plan has verified about it; if they do not fit, nothing is registered
 * @returns with the secret, which is not shown again
 * @throws RegistrationError
 */
export async function registerForPlan(
  admin: Administration,
  input: unknown,
  facts?: Verification,
): Promise<DescribedClient & { client_secret?: string }> {
  const { pool, tenant } = admin;
  const registered = parseMetadata(input, { tenant, trusted: true });
  const metadata = facts ? vouchedFor(registered, facts) : registered;
  const [id, secret] = [newClientId(), secretFor(metadata)];
  await inTransaction(pool, async (db) => {
    await insertClient(db, tenant.id, { id, metadata, registeredBy: 'plan', secret });
    for (const action of facts ? ['client-register', 'client-verify'] : ['client-register'])
      await recordAct(db, actorOf(admin), { action, client: { id, metadata } });
  });
  return { ...(await describeClient(admin, id)), ...(secret !== undefined && { client_secret: secret }) };
}

/**
 * When this resolves, the client gets no page, no token and no refresh. None of its tokens introspects as active,
 * and every consent that members gave it has ended (security case O38).
 *
 * @param reason for the plan's own records; neither members nor the app read it
 */
export const banClient = (admin: Administration, id: string, reason: string): Promise<DescribedClient> =>
  act(admin, id, 'client-ban', async (db) => {
    await setBan(db, admin.tenant.id, id, plainText(reason, MAX_TEXT_CHARACTERS));
    await endGrantsOfClient(db, actorOf(admin), id, 'plan');
  });

/**
 * Lifts the ban, so that the client may ask members again. Its former consents stay ended, and so do those that came
 * in while the ban was made.
 */
export const unbanClient = (admin: Administration, id: string): Promise<DescribedClient> =>
  act(admin, id, 'client-unban', async (db) => {
    await setBan(db, admin.tenant.id, id, null);
    await endGrantsOfClient(db, actorOf(admin), id, 'plan');
  });

export const removeClient = (admin: Administration, id: string): Promise<DescribedClient> =>
  act(admin, id, 'client-delete', async (db) => {
    await deleteClient(db, admin.tenant.id, id);
    await endGrantsOfClient(db, actorOf(admin), id, 'plan');
  });

/** From now on the consent page shows these values as facts. */
export const verifyClient = (
  admin: Administration,
  id: string,
  facts: Verification,
): Promise<DescribedClient> =>
  act(admin, id, 'client-verify', async (db, { metadata }) => {
    await setMetadata(db, admin.tenant.id, id, vouchedFor(metadata, facts));
  });

export const SecretRotation = z.strictObject({
  /** how long the old secret is still accepted */
  overlap_hours: z.coerce.number().min(0).max(MAX_OVERLAP_HOURS).default(DEFAULT_OVERLAP_HOURS),
});

/**
 * @returns the client with its new secret, which is not shown again, and the time until which the old one is
 *   accepted
 */
export async function rotateClientSecret(
  admin: Administration,
  id: string,
  { overlap_hours }: z.infer<typeof SecretRotation>,
) {
  const secret = newRandomSecret();
  const seconds = overlap_hours * HOUR_SECONDS;
  const client = await act(admin, id, 'client-rotate-secret', async (db, { secret: old }) => {
    if (old === null) throw invalidMetadata('token_endpoint_auth_method: this client has no secret');
    await replaceSecret(db, admin.tenant.id, id, secret, seconds);
  });
  const until = new Date(Date.now() + seconds * 1000).toISOString();
  return { ...client, client_secret: secret, previous_secret_good_until: until };
}

/**
 * Sets fields of the metadata; null removes a field. A verified client stays verified, because the plan acts, as
 * long as its addresses are on the verified domain.
 *
 * @throws RegistrationError
 */
export const changeClient = (admin: Administration, id: string, change: unknown): Promise<DescribedClient> =>
  act(admin, id, 'client-set', async (db, { metadata: old, secret }) => {
    const wanted = { ...old, scope: old[SYSTEM_SCOPE], ...(change as object) };
    const metadata = parseMetadata(wanted, { tenant: admin.tenant, trusted: true });
    if (secretFor(metadata) !== undefined && secret === null)
      throw invalidMetadata('token_endpoint_auth_method: register another client with a secret');
    const vouched = vouchedIn(old);
    if (vouched.verified_domain !== undefined) checkDomain(metadata, vouched.verified_domain);
    await setMetadata(db, admin.tenant.id, id, { ...metadata, ...vouched });
  });
