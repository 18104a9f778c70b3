/** Where the OpenID Connect engine keeps its state: one table, one adapter per tenant and model. */
import type { Pool } from '@patient-access/database';
import Provider, { type Adapter, type AdapterPayload, errors, type Grant } from 'oidc-provider';
import { digest } from '../../domain/keys/secrets.ts';
import { PUSHED_REQUEST, PUSHED_REQUEST_EXTRA_SECONDS } from '../authorization/pushed-request.ts';
import {
  consumeRecord,
  destroyRecord,
  destroyToken,
  endGrant,
  endGrantOf,
  findRecord,
  type NewOidcRecord,
  saveRecord,
} from '../../domain/grants/records.ts';
import { prefetchedRecord, currentRotation } from '../refresh/rotation.ts';

/** Models whose value is a bearer secret; once stored they are known by the digest of it alone. */
const BEARER = new Set(['AccessToken', 'ClientCredentials', 'RefreshToken', 'AuthorizationCode']);
/** Bearer secrets that gateways cache by their `jti`. */
const CACHED = new Set(['AccessToken', 'ClientCredentials']);
const HANDLE = 'sha256.';

/** The `jti` of a token: stable, and of no use to whoever reads it in a log. */
export function tokenId(value: string): string {
  return `${HANDLE}${digest(value)}`;
}

/** Who is, or is about to be, logged in by a record: ending that login has to find it. */
function loginOf(model: string, { accountId, result }: AdapterPayload): string | null {
  if (model !== 'Session' && model !== 'Interaction') return null;
  const { login, passed } = (result ?? {}) as { login?: { accountId?: string }; passed?: { sub?: string } };
  // `passed`: a first factor (interaction/visit.ts).
  return login?.accountId ?? passed?.sub ?? accountId ?? null;
}

/** A stored record as it goes into the table: without its own value. */
function toRecord(
  tenant: string,
  model: string,
  id: string,
  payload: AdapterPayload,
  expiresIn?: number,
): NewOidcRecord {
  const { jti: _value, ...stored } = payload;
  return {
    tenant,
    model,
    id: recordId(id),
    payload: JSON.stringify(stored),
    grantId: grantIdOf(model, payload) ?? null,
    uid: payload.uid ?? null,
    sub: loginOf(model, payload),
    expiresIn,
  };
}

/** What oidc-provider's own `save` stores; its types leave it out. */
type StorableGrant = Grant & { getValueAndPayload(): Promise<{ payload: AdapterPayload }> };

/** The record of a new grant, for whoever stores it together with the consent. */
export async function grantRecord(tenant: string, grant: Grant): Promise<NewOidcRecord> {
  const { payload } = await (grant as StorableGrant).getValueAndPayload();
  return toRecord(tenant, 'Grant', grant.jti, payload);
}

/** What stands and falls with a grant: the grant itself, its tokens, and a backend service's with its client. */
function grantIdOf(model: string, { jti, grantId, clientId }: AdapterPayload): string | undefined {
  if (model === 'Grant') return jti;
  return model === 'ClientCredentials' ? clientId : grantId;
}

/** The engine destroys and consumes what it found, by the handle that it was found with. */
export function recordId(value: string): string {
  return value.startsWith(HANDLE) ? value.slice(HANDLE.length) : digest(value);
}

export class RecordAdapter implements Adapter {
  private readonly pool: Pool;
  private readonly tenant: string;
  private readonly model: string;

  constructor(pool: Pool, tenant: string, model: string) {
    this.pool = pool;
    this.tenant = tenant;
    this.model = model;
  }

  private key(id: string): [string, string, string] {
    return [this.tenant, this.model, id];
  }

  async upsert(id: string, payload: AdapterPayload, expiresIn?: number): Promise<void> {
    const longer = this.model === PUSHED_REQUEST ? PUSHED_REQUEST_EXTRA_SECONDS : 0;
    const keptFor = expiresIn === undefined ? undefined : expiresIn + longer;
    const record = toRecord(this.tenant, this.model, id, payload, keptFor);
    const rotation = currentRotation();
    if (rotation) rotation.records.push(record);
    else await saveRecord(this.pool, record);
  }

  /** A value is always hashed here: a handle that somebody presents as a token finds nothing. */
  async find(value: string): Promise<AdapterPayload | undefined> {
    const id = digest(value);
    const record = prefetchedRecord(this.model, id) ?? (await findRecord(this.pool, 'id', this.key(id)));
    if (!record) return undefined;
    const jti = BEARER.has(this.model) ? `${HANDLE}${id}` : value;
    // Whether a refresh token was used before is for the one statement to say that uses it.
    const used = currentRotation() ? null : record.consumed_at;
    const consumed = used ? { consumed: Math.floor(used.getTime() / 1000) } : {};
    return { ...(JSON.parse(record.payload) as AdapterPayload), jti, ...consumed };
  }

  async findByUid(uid: string): Promise<AdapterPayload | undefined> {
    const record = await findRecord(this.pool, 'uid', this.key(uid));
    return record && (JSON.parse(record.payload) as AdapterPayload);
  }

  /** No device flow. */
  findByUserCode(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  /**
   * A refresh token is used up when its rotation is stored.
   *
   * @throws InvalidGrant on the second use of a code, whose grant then is revoked (RFC 6749 section 4.1.2);
   *   InvalidRequestUri on that of a pushed request (RFC 9126 section 2.2)
   */
  async consume(value: string): Promise<void> {
    const key = this.key(recordId(value));
    const rotation = currentRotation();
    if (rotation) rotation.usedId = key[2];
    else if (!(await consumeRecord(this.pool, key))) {
      if (this.model === PUSHED_REQUEST) throw new errors.InvalidRequestUri('pushed request already used');
      await endGrantOf(this.pool, key);
      throw new errors.InvalidGrant('authorization code already consumed');
    }
  }

  async destroy(value: string): Promise<void> {
    if (this.model === 'Grant') {
      // The engine ends a grant when its client revokes it, and when something of it comes a second time.
      const reason = Provider.ctx?.oidc.route === 'revocation' ? 'app' : 'reuse';
      return endGrant(this.pool, this.tenant, value, reason);
    }
    const key = this.key(recordId(value));
    return CACHED.has(this.model)
      ? destroyToken(this.pool, key, `${HANDLE}${key[2]}`)
      : destroyRecord(this.pool, key);
  }

  /**
   * The engine asks every token model to forget a grant, then destroys the grant, which takes all of them along in
   * one statement. When it keeps the grant it is because an access token alone was revoked: that takes nothing along.
   */
  revokeByGrantId(): Promise<void> {
    return Promise.resolve();
  }
}
