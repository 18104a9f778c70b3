/**
 * Where the answer to a page of an authorization request led: to the next page, or to the app. It is kept for as long as
 * the page could be open, so that a second press, going back or a reload leads on.
 */
import type { Pool } from '@patient-access/database';
import { z } from 'zod';
import { deriveKeys, digest, hmac, type Keys, seal, unseal } from '../keys/secrets.ts';
import { findRecord, saveRecord } from './records.ts';

/** As long as the interaction itself lives. */
const KEPT_SECONDS = 900;
/** A second press comes soon after the first. */
const COOKIES_MS = 30_000;

const Outcome = z.object({
  /** the path of the next page, or the app's address with the code or the error */
  to: z.string(),
  clientId: z.string(),
  /** milliseconds since 1970 */
  at: z.number(),
});
export type Outcome = z.infer<typeof Outcome>;

const Stored = z.object({ outcome: z.string(), cookies: z.string().optional() });

interface Place {
  pool: Pool;
  /** of the service; everything is sealed with it, as it contains codes and cookies */
  key: Keys;
  tenant: string;
  /** of the interaction that was answered */
  uid: string;
}

const MODEL = 'Outcome';
const contextOf = ({ tenant, uid }: Place): string => `${tenant}/outcome/${uid}`;

/** @returns what tells one posted form from another: a keyed digest, from which nothing that was typed can be read */
export function formDigest(key: Keys, uid: string, fields: URLSearchParams): string {
  return hmac(key, `form/${uid}/${fields}`);
}

/** Only who posts the same form again can open the cookies: it has the password or the code that was typed. */
const cookiesKey = (key: Keys, form: string): Keys => deriveKeys(key, `outcome-cookies/${form}`);

/**
 * @param again what the answer set, and for which form; a browser whose first press was cut off by the second one gets it
 *   again
 */
export async function keepOutcome(
  place: Place,
  outcome: Outcome,
  again?: { form: string; cookies: string[] },
): Promise<void> {
  const { pool, key, tenant, uid } = place;
  const context = contextOf(place);
  const sealed = (with_: Keys, value: unknown) =>
    seal(with_, context, JSON.stringify(value)).toString('base64url');
  const stored = {
    outcome: sealed(key, outcome),
    ...(again && { cookies: sealed(cookiesKey(key, again.form), again.cookies) }),
  };
  await saveRecord(pool, {
    tenant,
    model: MODEL,
    id: digest(uid),
    payload: JSON.stringify(stored),
    grantId: null,
    uid: null,
    sub: null,
    expiresIn: KEPT_SECONDS,
  });
}

/** Opens what {@link keepOutcome} sealed. */
function opened<Value>(
  schema: z.ZodType<Value>,
  key: Keys,
  context: string,
  sealed: string,
): Value | undefined {
  try {
    return schema.parse(JSON.parse(unseal(key, context, Buffer.from(sealed, 'base64url'))));
  } catch {
    return undefined;
  }
}

/**
 * @param form of the post that asks, if it is one
 * @returns the outcome; `cookies` only for the same form again, soon after the first
 */
export async function findOutcome(
  place: Place,
  form?: string,
): Promise<(Outcome & { cookies?: string[] }) | undefined> {
  const { pool, key, tenant, uid } = place;
  const record = await findRecord(pool, 'id', [tenant, MODEL, digest(uid)]);
  if (!record) return undefined;
  const stored = Stored.parse(JSON.parse(record.payload));
  const context = contextOf(place);
  const outcome = opened(Outcome, key, context, stored.outcome);
  const soon = outcome && Date.now() < outcome.at + COOKIES_MS;
  if (!soon || form === undefined || stored.cookies === undefined) return outcome;
  return { ...outcome, cookies: opened(z.array(z.string()), cookiesKey(key, form), context, stored.cookies) };
}

/** @returns whether the code of an outcome waits for its app */
export async function isCodeUnused({ pool, tenant }: Place, { to }: Outcome): Promise<boolean> {
  const code = URL.parse(to)?.searchParams.get('code');
  if (code === null || code === undefined) return false;
  const record = await findRecord(pool, 'id', [tenant, 'AuthorizationCode', digest(code)]);
  return record !== undefined && record.consumed_at === null;
}
