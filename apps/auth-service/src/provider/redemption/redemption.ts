/**
 * A token request that uses up a code or a refresh token. What it is going to read is prefetched by one statement, and what
 * it writes is stored by one (ADR 38, ADR 120). In between oidc-provider asks and writes as it always does, and
 * `RecordAdapter` answers from here.
 */
import type { Pool } from '@patient-access/database';
import type { AccessEvent } from '@patient-access/events';
import Provider, { errors, type KoaContextWithOIDC } from 'oidc-provider';
import type { Account } from '../../domain/accounts/accounts.ts';
import { type Client, findAdmitted } from '../../domain/clients/clients.ts';
import type { Consents } from '../../domain/consent/consents.ts';
import type { GrantSubject } from '../../domain/consent/grant-subject.ts';
import type { NewOidcRecord, OidcRecordRow } from '../../domain/grants/records.ts';
import { digest } from '../../domain/keys/secrets.ts';
import { stateOfRequest } from '../request-state.ts';
import { type Prefetched, prefetch, type SourceKey, storeRedemption } from './redemption-sql.ts';

/** A token request in progress: what it has prefetched, and the records that it will store in one statement. */
export interface PendingRedemption {
  /** of the code or refresh token in the request */
  key: SourceKey;
  /** undefined when there is no such code or token */
  prefetched: Prefetched | undefined;
  /** id of the record that is used up */
  usedId?: string;
  records: NewOidcRecord[];
}

/** @returns the access event that is stored with the tokens */
export type EventOf = (ctx: KoaContextWithOIDC) => AccessEvent;

/**
 * The database failed, so it is unknown whether the tokens were stored; or they were not stored, because the grant was
 * replaced. The client can safely ask again.
 */
export class NotStored extends errors.OIDCProviderError {
  override error_description = 'try again later';

  constructor() {
    super(503, 'temporarily_unavailable');
  }
}

const pending = new WeakMap<object, PendingRedemption>();

/** @returns what the current request uses up, if it is between its two statements */
export function currentRedemption(): PendingRedemption | undefined {
  const { ctx } = Provider;
  return ctx && pending.get(ctx);
}

/** @returns the record if the current request has prefetched it; undefined: read it from the database */
export function prefetchedRecord(model: string, id: string): OidcRecordRow | undefined {
  const { prefetched, key } = currentRedemption() ?? {};
  if (!prefetched || !key) return undefined;
  if (model === key[1] && id === key[2]) {
    // The statement that uses a refresh token up decides whether it was used before: then the answer may be repeated.
    return model === 'RefreshToken' ? { ...prefetched.source, consumed_at: null } : prefetched.source;
  }
  return model === 'Grant' && id === digest(prefetched.grantId) ? prefetched.grant : undefined;
}

/** What the grant opens and for whom, from what was prefetched if it was. */
export async function subjectOfGrant(consents: Consents, grantId: string): Promise<GrantSubject | undefined> {
  const prefetched = currentRedemption()?.prefetched;
  const subject = prefetched?.grantId === grantId ? prefetched.subject : undefined;
  return subject ?? (await consents.find(grantId));
}

/** @returns the account, if the current request has prefetched it */
export function prefetchedAccount(sub: string): Account | undefined {
  const account = currentRedemption()?.prefetched?.account;
  return account?.sub === sub ? account : undefined;
}

/** What was found with the client, by request. */
const foundWithClient = new WeakMap<object, { key: SourceKey; prefetched: Prefetched | undefined }>();

/**
 * @returns what the request is going to use up. Not where a client proves itself by an assertion: its keys may have to be
 *   fetched first, and what was found would be old by then.
 */
function sourceOf(tenant: string, { oidc }: KoaContextWithOIDC): SourceKey | undefined {
  const { grant_type, code, refresh_token, client_assertion } = oidc.params ?? {};
  if (oidc.route !== 'token' || client_assertion !== undefined) return undefined;
  if (grant_type === 'authorization_code' && typeof code === 'string')
    return [tenant, 'AuthorizationCode', digest(code)];
  return grant_type === 'refresh_token' && typeof refresh_token === 'string'
    ? [tenant, 'RefreshToken', digest(refresh_token)]
    : undefined;
}

/** @returns the client. In a token request what is going to be used up is found by the same statement. */
export async function findAskingClient(pool: Pool, tenant: string, id: string): Promise<Client | undefined> {
  const { ctx } = Provider;
  const key = ctx && sourceOf(tenant, ctx);
  if (!key) return findAdmitted(pool, tenant, id);
  const { client, prefetched } = await prefetch(pool, key, id);
  foundWithClient.set(ctx, { key, prefetched });
  return client;
}

export async function beginRedemption(
  pool: Pool,
  ctx: KoaContextWithOIDC,
  key: SourceKey,
): Promise<PendingRedemption> {
  const found = foundWithClient.get(ctx);
  foundWithClient.delete(ctx);
  const isIt = found?.key.every((part, at) => part === key[at]) ?? false;
  const { prefetched } = found && isIt ? found : await prefetch(pool, key);
  return { key, prefetched, records: [] };
}

/** Runs oidc-provider's grant. Nothing is written meanwhile. */
export async function runRedemption(
  ctx: KoaContextWithOIDC,
  redemption: PendingRedemption,
  grant: () => Promise<void>,
): Promise<void> {
  pending.set(ctx, redemption);
  try {
    await grant();
  } finally {
    pending.delete(ctx);
  }
}

/** The tokens that oidc-provider has issued: one access token, and with it a refresh token or none. */
function issuedTokens({ records }: PendingRedemption): [access: NewOidcRecord, refresh?: NewOidcRecord] {
  const [access, refresh] = ['AccessToken', 'RefreshToken'].map((model) =>
    records.find((record) => record.model === model),
  );
  if (!access || records.length !== (refresh ? 2 : 1))
    throw new Error('a token request issues an access token and perhaps a refresh token');
  return [access, refresh];
}

/**
 * Uses the code or token up, and stores what was issued with its event.
 *
 * @param response that a refresh may repeat
 * @returns false when it was used before; then nothing is stored
 * @throws NotStored when the database failed
 */
export async function finishRedemption(
  pool: Pool,
  ctx: KoaContextWithOIDC,
  redemption: PendingRedemption,
  eventOf: EventOf,
  response?: string,
): Promise<boolean> {
  const { key, usedId, prefetched } = redemption;
  const [tenant, model, id] = key;
  if (usedId !== id || !prefetched) throw new Error('a token request uses up what it names');
  const [accessToken, refreshToken] = issuedTokens(redemption);
  const { grantId } = prefetched;
  const event = eventOf(ctx);
  const stored = { tenant, model, usedId, grantId, accessToken, refreshToken, response, event };
  try {
    const isFirst = await storeRedemption(pool, stored);
    if (isFirst) stateOfRequest(ctx).recorded = true;
    return isFirst;
  } catch (error) {
    ctx.oidc.provider.emit('server_error', ctx, error as Error);
    throw new NotStored();
  }
}
