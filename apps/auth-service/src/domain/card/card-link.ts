/**
 * Links to an insurance card (SMART Health Links). The address of a link is stored as a digest, and its payload is encrypted
 * with a key that is stored nowhere, so nobody who reads the database has a card.
 */
import type { RunSql } from '../database.ts';
import { digest } from '../keys/secrets.ts';

/** Wrong passcodes in the whole life of a link (SMART Health Links, "Monitoring Shared Data"). */
const MAX_WRONG = 10;
/** How long the member's page lists a link that has ended. */
const LISTED_DAYS = 90;
/** Live links of one login. */
const MOST_LINKS = 50;

/**
 * Does a link open anything? It stands on the relation of the login to the person, as a grant does: when that ends, in
 * whatever way, so does the link. Before the relation comes back, a trigger on it ends the link for good.
 *
 * @param wrong the wrong passcodes that count
 */
const isLive = (wrong = 'l.wrong'): string => `(
  l.ended_at IS NULL AND l.until > now() AND l.uses < l.max_uses AND ${wrong} < ${MAX_WRONG} AND t.suspended_at IS NULL
  AND l.made_at > coalesce(t.not_before, '-infinity')
  AND EXISTS (SELECT FROM account_member m WHERE m.tenant = l.tenant AND m.sub = l.sub AND m.patient = l.member
                 AND (m.ends_at IS NULL OR m.ends_at > now())))`;

export interface NewCardLink {
  tenant: string;
  /** uid of the session in which it is made */
  session: string;
  /** the last part of its address */
  token: string;
  sub: string;
  member: string;
  coverage: string;
  /** digest of what is on the card, see `basisOf` */
  basis: string;
  /** JWE */
  payload: string;
  passcodeHash?: string;
  maxUses: number;
  days: number;
}

/** A form that is sent again has the link that it made before, so that one does not count. The address is $2, the login $3. */
const HAS_ROOM = `(
  SELECT count(*) FROM card_link l JOIN tenant t ON t.id = l.tenant
   WHERE l.tenant = $1 AND l.sub = $3::uuid AND l.address_digest <> $2 AND ${isLive()}) < ${MOST_LINKS}`;

/** @returns whether the login may have a live link at this address. {@link insertLink} asks again, because others may be made meanwhile */
export async function mayHaveLink(
  query: RunSql,
  { tenant, sub, token }: Pick<NewCardLink, 'tenant' | 'sub' | 'token'>,
): Promise<boolean> {
  const [row] = await query<{ may: boolean }>(`SELECT ${HAS_ROOM} AS may`, [tenant, digest(token), sub]);
  return row?.may === true;
}

/**
 * A form that is sent again, by a second press of its button or because its page is loaded again, has the same address. As long
 * as its link works and the card says the same, nothing changes: the code that was shown is good, and is shown again.
 *
 * It works no longer than the relation, and says so.
 *
 * Whoever ends a session ends the links of its login after it, and waits for this, or this waits and finds no session. So it is
 * with the relation.
 */
const INSERT = `
  WITH session AS MATERIALIZED (
    SELECT 1 FROM oidc_record
     WHERE tenant = $1 AND model = 'Session' AND uid = $11 AND sub = $3::uuid::text AND expires_at > now() FOR SHARE),
  relation AS MATERIALIZED (
    SELECT m.ends_at FROM session, account_member m
     WHERE m.tenant = $1 AND m.sub = $3::uuid AND m.patient = $4 AND (m.ends_at IS NULL OR m.ends_at > now()) FOR SHARE OF m)
  INSERT INTO card_link AS made (tenant, address_digest, sub, member, coverage, basis, payload, passcode_hash, max_uses, until, expires_at)
  SELECT $1, $2, $3::uuid, $4, $5, $6, $7, $8, $9, least(now() + make_interval(days => $10), ends_at),
         now() + make_interval(days => $10 + ${LISTED_DAYS})
    FROM relation WHERE ${HAS_ROOM}
  ON CONFLICT (tenant, address_digest) DO UPDATE SET basis = excluded.basis
   WHERE made.ended_at IS NULL AND made.until > now() AND made.uses < made.max_uses AND made.wrong < ${MAX_WRONG}
     AND made.basis = excluded.basis
  RETURNING id, until`;

/**
 * @returns undefined when the login has too many live links, sees the person no more, or its session has ended; and for an address
 *   whose link works no more or is to a card that has changed
 */
export async function insertLink(
  query: RunSql,
  link: NewCardLink,
): Promise<{ id: string; until: Date } | undefined> {
  const { tenant, session, token, sub, member, coverage, basis, payload, passcodeHash, maxUses, days } = link;
  const values = [tenant, digest(token), sub, member, coverage, basis, payload];
  const [row] = await query<{ id: string; until: Date }>(INSERT, [
    ...values,
    passcodeHash ?? null,
    maxUses,
    days,
    session,
  ]);
  return row;
}

export interface FoundLink {
  id: string;
  sub: string;
  member: string;
  coverage: string;
  basis: string;
  passcodeHash: string | null;
  /** characters of the file, which are ASCII; 0 where a link has none any more */
  size: number;
  live: boolean;
}

const FIND = `
  SELECT l.id, l.sub, l.member, l.coverage, l.basis, l.passcode_hash AS "passcodeHash",
         coalesce(octet_length(l.payload), 0) AS size, ${isLive()} AS live
    FROM card_link l JOIN tenant t ON t.id = l.tenant WHERE l.tenant = $1 AND l.address_digest = $2`;

/** @returns undefined when there never was such a link, or too long ago */
export async function findLink(query: RunSql, tenant: string, token: string): Promise<FoundLink | undefined> {
  return (await query<FoundLink>(FIND, [tenant, digest(token)]))[0];
}

const TRY = `UPDATE card_link SET wrong = wrong + 1
              WHERE tenant = $1 AND id = $2 AND wrong < ${MAX_WRONG} RETURNING wrong`;

/**
 * Counts a passcode as wrong before it is checked, so that attempts at the same time cannot be more than are allowed.
 *
 * @returns how many more there may be; undefined: not even this one
 */
export async function tryPasscode(query: RunSql, tenant: string, id: string): Promise<number | undefined> {
  const [row] = await query<{ wrong: number }>(TRY, [tenant, id]);
  return row && MAX_WRONG - row.wrong;
}

const NOT_TRIED = 'UPDATE card_link SET wrong = wrong - 1 WHERE tenant = $1 AND id = $2';

/** Takes {@link tryPasscode} back: the passcode was not wrong, and the link was not used. */
export async function untryPasscode(query: RunSql, tenant: string, id: string): Promise<void> {
  await query(NOT_TRIED, [tenant, id]);
}

const USE = `
  UPDATE card_link l SET uses = uses + 1, wrong = wrong - $3, used_at = now() FROM tenant t
   WHERE t.id = l.tenant AND l.tenant = $1 AND l.id = $2 AND ${isLive('l.wrong - $3')} RETURNING l.payload`;

/**
 * Uses a link once. Of concurrent callers only as many get the payload as uses are left.
 *
 * @param wasTried a passcode was counted as wrong and is right
 * @returns undefined when the link has ended meanwhile
 */
export async function useLink(
  query: RunSql,
  tenant: string,
  id: string,
  wasTried: boolean,
): Promise<string | undefined> {
  const [row] = await query<{ payload: string | null }>(USE, [tenant, id, wasTried ? 1 : 0]);
  return row?.payload ?? undefined;
}

export interface ListedLink {
  id: string;
  /** whose card it is */
  member: string;
  coverage: string;
  madeAt: Date;
  until: Date;
  usedAt: Date | null;
  uses: number;
  maxUses: number;
  wrong: number;
  hasPasscode: boolean;
  live: boolean;
}

const LIST = `
  SELECT l.id, l.member, l.coverage, l.made_at AS "madeAt", l.used_at AS "usedAt", l.uses, l.max_uses AS "maxUses", l.wrong,
         least(l.until, (SELECT ends_at FROM account_member m
                          WHERE m.tenant = l.tenant AND m.sub = l.sub AND m.patient = l.member)) AS until,
         l.passcode_hash IS NOT NULL AS "hasPasscode", ${isLive()} AS live
    FROM card_link l JOIN tenant t ON t.id = l.tenant
   WHERE l.tenant = $1 AND l.sub = $2::uuid AND ($3::text IS NULL OR l.member = $3)
   ORDER BY ${isLive()} DESC, l.made_at DESC LIMIT 100`;

/**
 * Those that a login has made, the live ones first.
 *
 * @param member only those for this person
 */
export const listLinks = (
  query: RunSql,
  tenant: string,
  sub: string,
  member?: string,
): Promise<ListedLink[]> => query<ListedLink>(LIST, [tenant, sub, member ?? null]);
