/**
 * Why a code or refresh token was refused. Only the client that it was given to is told, when it has authenticated or
 * holds the value. Everybody else gets the one answer, whatever the reason (case O95).
 */
import type { Pool } from '@patient-access/database';
import type { Client, KoaContextWithOIDC } from 'oidc-provider';
import { digest } from '../../domain/keys/secrets.ts';
import { type GoneRecord, type GrantSourceModel, whyGone } from '../../domain/grants/ended-records.ts';
import { isClientOfRefreshToken } from '../patches/client-from-refresh-token.ts';
import type { RefusalWords } from './refusal.ts';

/** The parameter that holds the value, by grant type. */
const SOURCES: Readonly<Record<string, [parameter: string, model: GrantSourceModel]>> = {
  authorization_code: ['code', 'AuthorizationCode'],
  refresh_token: ['refresh_token', 'RefreshToken'],
};

const AGAIN = 'The member has to agree again.';

const GRANT_INVALID: RefusalWords = {
  code: 'grant-invalid',
  says:
    'There is no such code or refresh token for this client. Send it exactly as it came, with the client_id it was ' +
    'given to, at the plan that gave it.',
};

/** What was sent is no value that this server can have given: it was cut out wrongly, or encoded once too often. */
const GRANT_MISTAKEN: RefusalWords = {
  ...GRANT_INVALID,
  says:
    'This is no code or refresh token of this server, as they have only letters, digits, - and _. Send the value alone, ' +
    'decoded once, and not the whole address that it came in.',
};
const VALUE = /^[\w-]*$/;

const ENDED = `The plan ended the consent. ${AGAIN}`;

function reasonOf(
  { used, expired, online, endReason, isConsentOver }: GoneRecord,
  model: GrantSourceModel,
): RefusalWords {
  const isCode = model === 'AuthorizationCode';
  if (endReason === 'member')
    return { code: 'consent-revoked', says: 'The member has revoked the consent. Forget the tokens.' };
  if (endReason === 'narrowed')
    return {
      code: 'consent-revoked',
      says: 'The member has taken a part of the consent back. Start a new authorization.',
    };
  if (endReason === 'app')
    return {
      code: 'consent-revoked',
      says: 'The app has given the consent up, by a revocation. Forget the tokens.',
    };
  if (endReason === 'reuse')
    return isCode
      ? {
          code: 'code-used',
          says: 'The code was used before, so everything that its first use gave was revoked. Start a new authorization.',
        }
      : {
          code: 'refresh-token-used',
          says: `The code or a refresh token of this consent was used twice, so the consent was revoked. ${AGAIN}`,
        };
  // A more precise reason could be about the member's family or login.
  if (endReason !== null) return { code: 'consent-ended', says: ENDED };
  if (isConsentOver) return { code: 'consent-ended', says: `The time of the consent is over. ${AGAIN}` };
  if (isCode && used)
    return { code: 'code-used', says: 'The code was used before. Start a new authorization.' };
  if (isCode && expired)
    return { code: 'code-expired', says: 'The code is older than a minute. Start a new authorization.' };
  if (isCode || expired || !online) return { code: 'consent-ended', says: ENDED };
  return {
    code: 'session-ended',
    says: 'The refresh token has online_access, and the login has ended. Start a new authorization.',
  };
}

/** @returns whether the request comes from the client that the value was given to */
async function isOwnClient({ oidc }: KoaContextWithOIDC, { clientId }: GoneRecord): Promise<boolean> {
  if (oidc.client) return oidc.client.clientId === clientId;
  // A public client need not name itself at a refresh; it holds the token.
  if (!isClientOfRefreshToken(oidc.params)) return false;
  const client: Client | undefined = await oidc.provider.Client.find(clientId);
  return client?.clientAuthMethod === 'none';
}

/** @returns what the client of the request is told about its code or refresh token */
export async function grantRefusal(
  pool: Pool,
  tenant: string,
  ctx: KoaContextWithOIDC,
): Promise<RefusalWords> {
  const [parameter, model] = SOURCES[String(ctx.oidc.params?.['grant_type'])] ?? [];
  const value = parameter === undefined ? undefined : ctx.oidc.params?.[parameter];
  if (model === undefined || typeof value !== 'string') return GRANT_INVALID;
  if (!VALUE.test(value)) return GRANT_MISTAKEN;
  const gone = await whyGone(pool, [tenant, model, digest(value)]);
  return gone && (await isOwnClient(ctx, gone)) ? reasonOf(gone, model) : GRANT_INVALID;
}
