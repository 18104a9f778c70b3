/** Stores the state of oidc-provider: one table, and one adapter for each tenant and model. */
import type { Pool } from '@patient-access/database';
import { rateLimitHeaders, type ShownQuota } from '@patient-access/fhir';
import Provider, {
  type Adapter,
  type AdapterPayload,
  errors,
  type Grant,
  type Interaction,
  type KoaContextWithOIDC,
} from 'oidc-provider';
import { browserName } from '../../domain/accounts/browser-name.ts';
import { type EventContext, newAccessEvent } from '../../domain/audit/access-event.ts';
import { endGivenUp, endTokenGivenUp } from '../../domain/consent/end-given-up.ts';
import { endReusedGrant } from '../../domain/consent/end-reused.ts';
import { digest } from '../../domain/keys/secrets.ts';
import { networkOf } from '../../domain/throttle/rules.ts';
import { PUSHED_REQUEST, PUSHED_REQUEST_EXTRA_SECONDS } from '../authorization/pushed-request.ts';
import {
  consumeRecord,
  destroyRecord,
  destroyToken,
  findRecord,
  type NewOidcRecord,
  type OidcRecordRow,
  saveRecord,
} from '../../domain/grants/records.ts';
import { useFor } from '../../domain/grants/taken.ts';
import { ofAccessToken } from '../audit/of-access-token.ts';
import { stateOfRequest } from '../request-state.ts';
import { takeInteraction } from './one-code.ts';
import { recordId, TOKEN_ID_PREFIX } from './record-id.ts';
import { isReplaced, sessionPlaceOf } from './session-place.ts';
import { type StorageBudgets, TooMuchStored } from './storage-budget.ts';
import { takeRecord, takeSessionByUid } from '../together/ahead.ts';
import { VOUCHED_FOR } from '../clients/client-rules.ts';
import { storeBeforeReading, storeSoon } from '../together/writes.ts';
import { currentRedemption, prefetchedRecord } from '../redemption/redemption.ts';

/** Models whose value is a secret. The table holds only its digest. */
const SECRET_MODELS = new Set(['AccessToken', 'ClientCredentials', 'RefreshToken', 'AuthorizationCode']);
/** Tokens that gateways cache by their `jti`. */
const CACHED_MODELS = new Set(['AccessToken', 'ClientCredentials']);

/**
 * In the result of an interaction: the password was right, but the second factor is missing (web/interaction).
 * oidc-provider does not know this field, so it logs nobody in.
 */
export const FIRST_FACTOR = 'firstFactor';

interface InteractionResult {
  login?: { accountId?: string };
  [FIRST_FACTOR]?: { sub?: string };
}

/** The account that a session or an interaction belongs to. Ending the logins of an account deletes such records. */
function loginOf(model: string, { accountId, result }: AdapterPayload): string | null {
  if (model !== 'Session' && model !== 'Interaction') return null;
  const { login, [FIRST_FACTOR]: first } = (result ?? {}) as InteractionResult;
  return login?.accountId ?? first?.sub ?? accountId ?? null;
}

/** What the member reads about a session in the list of her sessions. oidc-provider does not know it. */
const browserOf = (model: string): { browser?: string } =>
  model === 'Session' ? { browser: browserName(Provider.ctx?.get('user-agent') ?? '') } : {};

/** A row of the table. The payload does not contain the token itself. */
function toRecord(
  tenant: string,
  model: string,
  id: string,
  payload: AdapterPayload,
  expiresIn?: number,
): NewOidcRecord {
  const { jti: _value, ...stored } = payload;
  const place = model === 'Session' ? sessionPlaceOf(id) : undefined;
  return {
    tenant,
    model,
    id: recordId(id),
    payload: JSON.stringify({ ...stored, ...browserOf(model) }),
    grantId: grantIdOf(model, payload) ?? null,
    uid: payload.uid ?? null,
    sub: loginOf(model, payload),
    expiresIn,
    ...(place && { ...place, replaces: place.replaces && recordId(place.replaces) }),
  };
}

/** What oidc-provider's own `save` stores; its types leave it out. */
interface Storable {
  getValueAndPayload(): Promise<{ payload: AdapterPayload }>;
}

/** The record of a new grant, which is stored together with the consent. */
export async function grantRecord(tenant: string, grant: Grant): Promise<NewOidcRecord> {
  const { payload } = await (grant as Grant & Storable).getValueAndPayload();
  return toRecord(tenant, 'Grant', grant.jti, payload);
}

/** The record of a page of the login as it is now, which is stored together with what the page decides. */
export async function interactionRecord(tenant: string, interaction: Interaction): Promise<NewOidcRecord> {
  const { payload } = await (interaction as Interaction & Storable).getValueAndPayload();
  return toRecord(tenant, 'Interaction', interaction.uid, payload);
}

/** The grant whose end deletes the record. A backend service has no grant: its client stands for it. */
function grantIdOf(model: string, { jti, grantId, clientId }: AdapterPayload): string | undefined {
  if (model === 'Grant') return jti;
  return model === 'ClientCredentials' ? clientId : grantId;
}

/** What comes of an answered page: the next page, or the code. One request makes it. */
const AFTER_ANSWERS = new Set(['Interaction', 'AuthorizationCode']);

/** Records that are stored before anybody has logged in or authenticated. */
const OF_STRANGERS = new Set(['Interaction', 'Session', PUSHED_REQUEST]);

/** Of whom a record counts, and in which budget. */
interface Storer {
  kind: keyof StorageBudgets;
  id: string;
}

/**
 * Who is known to store a record: the login in whose session an interaction was begun, which oidc-provider's types leave open,
 * or the client that has authenticated to push a request. At a plan with open registration anybody may register many clients,
 * so a client counts only if somebody vouches for it.
 */
function knownOf(model: string, payload: AdapterPayload): Storer | undefined {
  const login = (payload['session'] as { accountId?: string } | undefined)?.accountId;
  if (model === 'Interaction') return login === undefined ? undefined : { kind: 'logins', id: login };
  const client = model === PUSHED_REQUEST ? Provider.ctx?.oidc?.client : undefined;
  const isKnown = client && client.clientAuthMethod !== 'none' && client[VOUCHED_FOR] === true;
  return isKnown ? { kind: 'clients', id: client.clientId } : undefined;
}

export class RecordAdapter implements Adapter {
  private readonly pool: Pool;
  private readonly tenant: string;
  private readonly model: string;
  private readonly budgets: StorageBudgets;

  /** @param budgets the same for all tenants and models */
  constructor(pool: Pool, tenant: string, model: string, budgets: StorageBudgets) {
    this.pool = pool;
    this.tenant = tenant;
    this.model = model;
    this.budgets = budgets;
  }

  /** @throws TooMuchStored */
  private limit({ payload, sub }: NewOidcRecord, known: Storer | undefined): void {
    const { ctx } = Provider;
    if (!ctx || sub !== null || !OF_STRANGERS.has(this.model)) return;
    // A page of a login is for a person. Only who pushes a request is told how far it is.
    const tell = (quota?: ShownQuota) =>
      quota && this.model === PUSHED_REQUEST && ctx.set(rateLimitHeaders([quota]));
    try {
      if (!known) tell(this.budgets.strangers.take(this.tenant, networkOf(ctx.ip), payload));
      else tell(this.budgets[known.kind].take(this.tenant, `${this.tenant}/${known.id}`, payload));
    } catch (error) {
      if (!(error instanceof TooMuchStored)) throw error;
      ctx.set('Retry-After', String(error.retryAfter));
      tell(error.quota);
      throw error;
    }
  }

  private key(id: string): [string, string, string] {
    return [this.tenant, this.model, id];
  }

  async upsert(id: string, payload: AdapterPayload, expiresIn?: number): Promise<void> {
    if (AFTER_ANSWERS.has(this.model)) await takeInteraction(this.pool, this.tenant);
    const longer = this.model === PUSHED_REQUEST ? PUSHED_REQUEST_EXTRA_SECONDS : 0;
    const keptFor = expiresIn === undefined ? undefined : expiresIn + longer;
    const record = toRecord(this.tenant, this.model, id, payload, keptFor);
    this.limit(record, knownOf(this.model, payload));
    const redemption = currentRedemption();
    if (redemption) redemption.records.push(record);
    else await storeSoon(this.model, () => saveRecord(this.pool, record));
  }

  /** The value is always hashed, so a `jti` that somebody sends as a token finds nothing. */
  async find(value: string): Promise<AdapterPayload | undefined> {
    const id = digest(value);
    const record = prefetchedRecord(this.model, id) ?? takeRecord(this.tenant, this.model, id);
    return this.opened(value, id, record ?? (await this.read('id', id)));
  }

  private async read(by: 'id' | 'uid', value: string): Promise<OidcRecordRow | undefined> {
    await storeBeforeReading(this.model);
    // The first of two requests that go on together uses the pushed request up. The second one must not read that.
    const from = this.model === PUSHED_REQUEST ? await takeInteraction(this.pool, this.tenant) : undefined;
    const record = await findRecord(this.pool, by, this.key(value));
    // It was used for the same answer, by a request that failed.
    if (record && from !== undefined && record.uid === from) return { ...record, consumed_at: null };
    return record;
  }

  private opened(value: string, id: string, record: OidcRecordRow | undefined): AdapterPayload | undefined {
    if (!record) return undefined;
    const jti = SECRET_MODELS.has(this.model) ? `${TOKEN_ID_PREFIX}${id}` : value;
    const used = record.consumed_at;
    const consumed = used ? { consumed: Math.floor(used.getTime() / 1000) } : {};
    return { ...(JSON.parse(record.payload) as AdapterPayload), jti, ...consumed };
  }

  async findByUid(uid: string): Promise<AdapterPayload | undefined> {
    const ahead = this.model === 'Session' ? takeSessionByUid(this.tenant, uid) : undefined;
    const record = ahead ?? (await this.read('uid', uid));
    return record && (JSON.parse(record.payload) as AdapterPayload);
  }

  /** There is no device flow. */
  findByUserCode(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  /**
   * Marks a pushed request as used, for the interaction that the request goes on from. A code or refresh token is marked
   * when what is issued for it is stored.
   *
   * @throws InvalidRequestUri on the second use of a pushed request (RFC 9126 section 2.2)
   */
  async consume(value: string): Promise<void> {
    const key = this.key(recordId(value));
    const redemption = currentRedemption();
    if (redemption) {
      redemption.usedId = key[2];
      return;
    }
    const from = await takeInteraction(this.pool, this.tenant);
    const isOurs = from === undefined ? consumeRecord(this.pool, key) : useFor(this.pool, key, from);
    if (!(await isOurs)) throw new errors.InvalidRequestUri('pushed request already used');
  }

  async destroy(value: string): Promise<void> {
    const { ctx } = Provider;
    const isGivenUp = ctx?.oidc.route === 'revocation';
    // oidc-provider ends a grant when its client revokes it, with its refresh token, and when a code or token is used twice.
    if (this.model === 'Grant') return isGivenUp ? undefined : endReusedGrant(this.pool, this.tenant, value);
    if (this.model === 'RefreshToken' && isGivenUp) return this.giveUp(ctx, value);
    // A session gets another id: it is stored in its own place, in one statement.
    if (this.model === 'Session' && isReplaced(value)) return;
    const key = this.key(recordId(value));
    if (!CACHED_MODELS.has(this.model)) return storeSoon(this.model, () => destroyRecord(this.pool, key));
    const jti = `${TOKEN_ID_PREFIX}${key[2]}`;
    if (isGivenUp) return this.giveUpToken(ctx, key, jti);
    await destroyToken(this.pool, key, jti);
  }

  private contextOf(ctx: KoaContextWithOIDC, sub: string | undefined): EventContext {
    const tenant = { id: this.tenant, issuer: ctx.oidc.provider.issuer };
    return { requestId: ctx.get('x-request-id'), tenant, address: ctx.ip, ...(sub !== undefined && { sub }) };
  }

  private async giveUpToken(
    ctx: KoaContextWithOIDC,
    key: [string, string, string],
    jti: string,
  ): Promise<void> {
    const { client, entities } = ctx.oidc;
    const token = entities.AccessToken ?? entities.ClientCredentials;
    if (!token) throw new Error('an access token is revoked, and oidc-provider has not found one');
    const eventOf = () =>
      newAccessEvent(
        { ...this.contextOf(ctx, entities.AccessToken?.accountId), client },
        { kind: 'token', action: 'revoke', outcome: '0', ...ofAccessToken(token) },
      );
    if (await endTokenGivenUp(this.pool, key, jti, eventOf)) stateOfRequest(ctx).recorded = true;
  }

  private async giveUp(ctx: KoaContextWithOIDC, value: string): Promise<void> {
    const context = this.contextOf(ctx, ctx.oidc.entities.RefreshToken?.accountId);
    // Of two requests at once, one ends the grant.
    if (await endGivenUp(this.pool, context, this.key(recordId(value)))) stateOfRequest(ctx).recorded = true;
  }

  /**
   * oidc-provider calls this for every token model and then destroys the grant, which deletes all its tokens in one
   * statement. If it keeps the grant, only an access token was revoked, and the other tokens stay.
   */
  revokeByGrantId(): Promise<void> {
    return Promise.resolve();
  }
}
