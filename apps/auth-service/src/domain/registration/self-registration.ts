/** What a client does with its own registration: create it (RFC 7591), read, replace and delete it (RFC 7592). */
import { isDeepStrictEqual } from 'node:util';
import { inTransaction, type Pool } from '@patient-access/database';
import type { ShownQuota } from '@patient-access/fhir';
import type { PoolClient } from 'pg';
import {
  type Client,
  deleteClient,
  findByRegistrationToken,
  insertClient,
  lockClient,
  setMetadata,
} from '../clients/clients.ts';
import { newClientId, newRandomSecret, secretFor } from '../clients/credentials.ts';
import { type ClientMetadata, parseMetadata, vouchedIn } from '../clients/metadata.ts';
import { otherPlanNames } from '../clients/plan-names.ts';
import { endGrantsOfClient } from '../clients/end-client-grants.ts';
import { type Actor, recordAct } from '../audit/acts.ts';
import { invalidMetadata, invalidToken, type RegistrationError } from '../clients/registration-error.ts';
import { digest, sameText } from '../keys/secrets.ts';
import type { Tenant } from '../tenant/tenant.ts';
import {
  type KeysAt,
  type SoftwareStatement,
  statedMetadata,
  statementIn,
  verifyStatement,
} from './software-statement.ts';
import { countRegistration, useInitialToken } from './registration-limit.ts';

/** One request at the registration endpoint. */
export interface RegistrationRequest {
  pool: Pool;
  tenant: Tenant;
  /** bearer token of the request */
  token?: string;
  address: string;
  requestId: string;
}

/** A registration that may bring a software statement. */
interface NewRegistration extends RegistrationRequest {
  /** the published keys of issuers of statements */
  keysAt: KeysAt;
}

/**
 * The registration as its client receives it, with secret and registration access token in clear text where they are
 * known.
 */
export interface ClientInformation {
  id: string;
  issuedAt: Date;
  metadata: ClientMetadata;
  secret?: string;
  registrationToken: string;
  /** the statement with which the client has just registered */
  statement?: string;
  /** what is left for the address, if this was counted */
  quota?: ShownQuota;
}

/** Fields that must not be sent with an update (RFC 7592 section 2.2). */
const NOT_TO_BE_SENT = [
  'registration_access_token',
  'registration_client_uri',
  'client_secret_expires_at',
  'client_id_issued_at',
];

const actorOf = ({ tenant, address, requestId }: RegistrationRequest): Actor => ({
  tenant: tenant.id,
  address,
  requestId,
});

/** Who vouches, and what is registered. */
interface Vouched {
  metadata: ClientMetadata;
  registeredBy: 'anybody' | 'token' | 'statement';
}

/** @throws RegistrationError 401 without a permission to register, 400 for a statement that the plan does not take */
async function statementOf(request: NewRegistration, input: unknown): Promise<SoftwareStatement | undefined> {
  const { tenant, token, keysAt } = request;
  const statement = statementIn(input);
  if (statement !== undefined) return verifyStatement(statement, tenant, keysAt);
  if (token === undefined && tenant.registration !== 'open') throw invalidToken();
  return undefined;
}

/** @throws RegistrationError 401 for a token that is no good, 400 for metadata that cannot be registered */
async function vouched(
  db: PoolClient,
  { tenant, token }: RegistrationRequest,
  input: unknown,
  statement: SoftwareStatement | undefined,
): Promise<Vouched> {
  if (token !== undefined) await useInitialToken(db, tenant.id, token);
  const registrant = { tenant, trusted: false, otherPlans: await otherPlanNames(db, tenant.id) };
  if (statement !== undefined)
    return { metadata: statedMetadata(input, statement, registrant), registeredBy: 'statement' };
  return {
    metadata: parseMetadata(input, registrant),
    registeredBy: token === undefined ? 'anybody' : 'token',
  };
}

/**
 * Registers a client. The plan has not checked it, unless somebody whom the plan trusts has signed what it says.
 *
 * @param input body of the request
 * @throws RegistrationError; then the token keeps its use, and nothing is counted
 */
export async function registerSelf(request: NewRegistration, input: unknown): Promise<ClientInformation> {
  const { pool, tenant, token, address } = request;
  const statement = await statementOf(request, input);
  return inTransaction(pool, async (db) => {
    const { metadata, registeredBy } = await vouched(db, request, input, statement);
    const quota = token === undefined ? await countRegistration(db, tenant, address) : undefined;
    const id = newClientId();
    const issued = { secret: secretFor(metadata), registrationToken: newRandomSecret() };
    const unusedDays = registeredBy === 'anybody' ? tenant.settings.registration.unusedDays : undefined;
    const issuedAt = await insertClient(db, tenant.id, { id, metadata, registeredBy, unusedDays, ...issued });
    const words = statement && `software statement of ${statement.issuer}`;
    await recordAct(db, actorOf(request), { action: 'client-register', client: { id, metadata }, words });
    return { id, issuedAt, metadata, ...issued, statement: statement?.jwt, quota };
  });
}

/** @throws RegistrationError 401 unless the token belongs to this client (RFC 7592 section 2) */
async function authenticate({ pool, tenant, token = '' }: RegistrationRequest, id: string): Promise<Client> {
  const client = id.includes('\0') ? undefined : await findByRegistrationToken(pool, tenant.id, id, token);
  if (!client) throw invalidToken();
  return client;
}

const informationOf = (
  { id, registeredAt, metadata }: Client,
  { token = '' }: RegistrationRequest,
): ClientInformation => ({ id, issuedAt: registeredAt, metadata, registrationToken: token });

export async function readOwn(request: RegistrationRequest, id: string): Promise<ClientInformation> {
  return informationOf(await authenticate(request, id), request);
}

/** RFC 7592 section 2.2: the fields that an update must and must not have. */
function checkUpdate({ id, secret }: Client, input: unknown): void {
  const sent = (typeof input === 'object' && input !== null ? input : {}) as Record<string, unknown>;
  const forbidden = NOT_TO_BE_SENT.find((name) => sent[name] !== undefined);
  if (forbidden) throw invalidMetadata(`${forbidden} must not be sent`);
  if (sent['client_id'] !== id) throw invalidMetadata('client_id must be that of this client');
  const known = sent['client_secret'];
  if (known !== undefined && !(typeof known === 'string' && sameText(digest(known), secret ?? '')))
    throw invalidMetadata('client_secret cannot be chosen');
}

/** Has the plan looked at it as it is? Then only the plan changes it. */
export const isCheckedByPlan = ({
  metadata: { verified, approved_scope },
}: Pick<Client, 'metadata'>): boolean => verified || approved_scope !== undefined;

export const askThePlan = (): RegistrationError =>
  invalidMetadata('the plan has verified this client as it is: ask the plan for the change');

/**
 * Replaces the metadata of a client. Only the plan can change what it has verified or approved (security case O17), and nobody
 * can change the client's authentication method here (O20).
 */
export function replacedMetadata(
  client: Client,
  input: unknown,
  tenant: Tenant,
  otherPlans: readonly string[],
): ClientMetadata {
  const metadata = parseMetadata(input, { tenant, trusted: false, otherPlans });
  const { metadata: old } = client;
  if (metadata.token_endpoint_auth_method !== old.token_endpoint_auth_method)
    throw invalidMetadata('token_endpoint_auth_method cannot be changed: register another client');
  if (!isCheckedByPlan(client)) return { ...metadata, logo: old.logo };
  // Verified fields may be left out, but not changed.
  const sent: unknown = JSON.parse(
    JSON.stringify({ publisher: old.publisher, ...metadata, ...vouchedIn(old) }),
  );
  if (!isDeepStrictEqual(sent, old)) throw askThePlan();
  return old;
}

export async function replaceOwn(
  request: RegistrationRequest,
  id: string,
  input: unknown,
): Promise<ClientInformation> {
  const { pool, tenant } = request;
  await authenticate(request, id);
  return inTransaction(pool, async (db) => {
    const client = await lockClient(db, tenant.id, id);
    if (!client || client.bannedAt) throw invalidToken();
    checkUpdate(client, input);
    const metadata = replacedMetadata(client, input, tenant, await otherPlanNames(db, tenant.id));
    await setMetadata(db, tenant.id, id, metadata);
    await recordAct(db, actorOf(request), { action: 'client-update', client: { id, metadata } });
    return informationOf({ ...client, metadata }, request);
  });
}

/** Deletes the client and ends its tokens and every consent to it (RFC 7592 section 2.3). */
export async function deleteOwn(request: RegistrationRequest, id: string): Promise<void> {
  const { pool, tenant } = request;
  const client = await authenticate(request, id);
  await inTransaction(pool, async (db) => {
    await deleteClient(db, tenant.id, id);
    await endGrantsOfClient(db, actorOf(request), id, 'app');
    await recordAct(db, actorOf(request), { action: 'client-delete', client });
  });
}
