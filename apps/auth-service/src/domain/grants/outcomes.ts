/**
 * Where the answer to a page of an authorization request led: to the next page, or to the app. It is kept for as long as
 * the page could be open, so that a second press, going back or a reload leads on.
 */
import type { Pool } from '@patient-access/database';
import { z } from 'zod';
import { deriveKeys, digest, type Keys, seal, unseal } from '../keys/secrets.ts';
import { INTERACTION_SECONDS } from './lifetimes.ts';
import { findRecord, saveRecord } from './records.ts';

/** A second press comes soon after the first. */
const COOKIES_MS = 30_000;

const Outcome = z.object({
  /** the path of the next page, or the app's address with the code or the error */
  to: z.string(),
  clientId: z.string(),
  /** of the authorization request; missing in what the build before has kept */
  redirectUri: z.string().optional(),
  /** milliseconds since 1970 */
  at: z.number(),
  /** what the answer set, for a browser whose first press was cut off by the second one; undefined: it is too late */
  cookies: z.array(z.string()).optional(),
});
export type Outcome = z.infer<typeof Outcome>;

const Stored = z.object({ outcome: z.string() });
/** An outcome that is still sealed. */
export type SealedOutcome = z.infer<typeof Stored>;

interface Place {
  pool: Pool;
  /** of the service */
  key: Keys;
  tenant: string;
  /** of the interaction that was answered */
  uid: string;
}

const MODEL = 'Outcome';
const contextOf = ({ tenant, uid }: Place): string => `${tenant}/outcome/${uid}`;

/** An outcome contains codes and cookies: who opens it has the answer key, besides the service's own key. */
const keyOf = ({ key }: Place, answerKey: string): Keys => deriveKeys(key, `outcome/${answerKey}`);

/** @param answerKey of the browser that answered (provider/authorization/answer-key.ts) */
export async function keepOutcome(place: Place, answerKey: string, outcome: Outcome): Promise<void> {
  const { pool, tenant, uid } = place;
  const sealed = seal(keyOf(place, answerKey), contextOf(place), JSON.stringify(outcome));
  const stored: SealedOutcome = { outcome: sealed.toString('base64url') };
  await saveRecord(pool, {
    tenant,
    model: MODEL,
    id: digest(uid),
    payload: JSON.stringify(stored),
    grantId: null,
    uid: null,
    sub: null,
    expiresIn: INTERACTION_SECONDS,
  });
}

export async function findOutcome({ pool, tenant, uid }: Place): Promise<SealedOutcome | undefined> {
  const record = await findRecord(pool, 'id', [tenant, MODEL, digest(uid)]);
  return record && Stored.parse(JSON.parse(record.payload));
}

/** @returns undefined for another key than that of {@link keepOutcome}; no cookies unless it was soon before */
export function openOutcome(
  place: Place,
  { outcome: sealed }: SealedOutcome,
  answerKey: string,
): Outcome | undefined {
  try {
    const text = unseal(keyOf(place, answerKey), contextOf(place), Buffer.from(sealed, 'base64url'));
    const outcome = Outcome.parse(JSON.parse(text));
    return Date.now() < outcome.at + COOKIES_MS ? outcome : { ...outcome, cookies: undefined };
  } catch {
    return undefined;
  }
}

/** @returns whether the code of an outcome waits for its app */
export async function isCodeUnused({ pool, tenant }: Place, { to }: Pick<Outcome, 'to'>): Promise<boolean> {
  const code = URL.parse(to)?.searchParams.get('code');
  if (code === null || code === undefined) return false;
  const record = await findRecord(pool, 'id', [tenant, 'AuthorizationCode', digest(code)]);
  return record !== undefined && record.consumed_at === null;
}
