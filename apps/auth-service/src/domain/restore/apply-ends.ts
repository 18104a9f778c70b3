/**
 * Applies again what the trail says that has ended since the state of this database: after a restore from a backup, or a
 * fail-over to a standby that lagged.
 */
import { randomBytes } from 'node:crypto';
import { inTransaction, type Pool } from '@patient-access/database';
import { END_REASONS } from '@patient-access/events';
import type { TrailEnd } from '@patient-access/internal-api';
import { actStatement } from '../audit/acts.ts';
import { queryOn, type RunSql } from '../database.ts';
import { NOTIFY_REVOCATION } from '../grants/records.ts';
import { digest } from '../keys/secrets.ts';
import { currentPlace, lockState, raiseMark } from './database-state.ts';
import { knowsAllSince, TrailNotWhole, type TrailOfEnds } from './trail.ts';

/** Between the clocks of the two databases, and between recording an event and storing it. */
const STORED_MARGIN_MS = 10 * 60_000;
/** Between the clocks of this service's replicas and of its database. */
const RECORDED_MARGIN_MS = 5_000;
/** Tokens are stored so long before their event is dated, or after. */
const SAME_ISSUE_SECONDS = 2;

const KNOWN_REASONS = END_REASONS.map((reason) => `'${reason}'`).join(', ');
/** As the trail says it; a reason that this service does not know is the plan's. */
const END_GRANTS = `
  WITH known AS (SELECT id, at, coalesce(reason, 'plan') AS reason
                   FROM jsonb_to_recordset($2::jsonb) AS e (id text, at timestamptz, reason text))
  UPDATE consent c
     SET revoked_at = least(k.at, now()),
         end_reason = CASE WHEN k.reason IN (${KNOWN_REASONS}) THEN k.reason ELSE 'plan' END
    FROM known k
   WHERE c.tenant = $1 AND c.grant_id = k.id AND c.revoked_at IS NULL
  RETURNING c.grant_id`;
const DELETE_RECORDS = 'DELETE FROM oidc_record WHERE tenant = $1 AND grant_id = ANY($2::text[])';
/**
 * Tokens were issued that are not in this database, so those that are were used up. The grant's end is recorded as each end
 * is.
 */
const GRANTS_ARE_OVER = `
  WITH issued AS (SELECT id, max(at) AS at FROM jsonb_to_recordset($2::jsonb) AS e (id text, at timestamptz) GROUP BY id)
  UPDATE consent c SET over_at = now(), over_by = 'restore'
    FROM issued i
   WHERE c.tenant = $1 AND c.grant_id = i.id AND c.revoked_at IS NULL AND c.until > now()
     AND (c.over_at IS NULL OR c.over_at > now())
     AND NOT EXISTS (SELECT 1 FROM oidc_record r
                      WHERE r.tenant = $1 AND r.grant_id = i.id AND r.model IN ('AccessToken', 'RefreshToken')
                        AND r.issued_at >= i.at - make_interval(secs => ${SAME_ISSUE_SECONDS}))
  RETURNING c.grant_id`;
const BAN = `UPDATE client SET banned_at = now(), ban_reason = 'banned or deleted before the database was restored'
              WHERE tenant = $1 AND id = ANY($2::text[]) AND banned_at IS NULL RETURNING id`;
/** Nobody knows this secret: the one that is good is not in this database. */
const NO_SECRET = `UPDATE client SET secret = $3, previous_secret = NULL, previous_secret_until = NULL
                    WHERE tenant = $1 AND id = ANY($2::text[]) RETURNING id`;
/** What lives minutes: sessions, pages, codes, access tokens, links in mails. Members log in once more. */
const END_SHORT_LIVED = [
  `DELETE FROM oidc_record WHERE tenant = $1 AND model NOT IN ('Grant', 'RefreshToken')`,
  `DELETE FROM mail_ticket WHERE tenant = $1`,
  // Uses and ends since the backup are not known here. The member makes another link.
  `UPDATE card_link SET ended_at = now(), end_reason = 'restore', payload = NULL WHERE tenant = $1 AND ended_at IS NULL`,
];

/** How many of each were live in this database. */
export interface AppliedEnds {
  grants: number;
  /** grants whose tokens were replaced */
  replaced: number;
  clients: number;
}

async function applyPage(query: RunSql, tenant: string, ends: readonly TrailEnd[]): Promise<AppliedEnds> {
  const of = (what: TrailEnd['what']) => ends.filter((end) => end.what === what);
  const ids = (what: TrailEnd['what']) => of(what).map(({ id }) => id);
  const count = async (text: string, values: unknown[]) => (await query(text, [tenant, ...values])).length;
  const grants = await count(END_GRANTS, [JSON.stringify(of('grant'))]);
  await query(DELETE_RECORDS, [tenant, ids('grant')]);
  const over = await query<{ grant_id: string }>(GRANTS_ARE_OVER, [tenant, JSON.stringify(of('tokens'))]);
  await query(DELETE_RECORDS, [tenant, over.map(({ grant_id: id }) => id)]);
  const banned = await count(BAN, [ids('client')]);
  await query(DELETE_RECORDS, [tenant, ids('client')]);
  const secrets = await count(NO_SECRET, [
    ids('client-secret'),
    digest(randomBytes(32).toString('base64url')),
  ]);
  return { grants, replaced: over.length, clients: banned + secrets };
}

async function applyToTenant(
  query: RunSql,
  trail: TrailOfEnds,
  tenant: string,
  since: Date,
): Promise<AppliedEnds> {
  const sum: AppliedEnds = { grants: 0, replaced: 0, clients: 0 };
  const known = since.getTime() - RECORDED_MARGIN_MS;
  for await (const page of trail.endsSince(tenant, new Date(since.getTime() - STORED_MARGIN_MS))) {
    const after = page.filter(({ what, at }) => what === 'grant' || Date.parse(at) > known);
    const { grants, replaced, clients } = await applyPage(query, tenant, after);
    sum.grants += grants;
    sum.replaced += replaced;
    sum.clients += clients;
  }
  for (const statement of END_SHORT_LIVED) await query(statement, [tenant]);
  await query(NOTIFY_REVOCATION, [JSON.stringify({ tenant })]);
  const { text, values } = actStatement({ tenant }, { action: 'restore-replay' });
  await query(text, values);
  return sum;
}

/** More marks than a replica that runs may remember: it does not take the database for an older one when operators have spoken. */
const ABOVE_ALL = 1_000_000;

interface Applying {
  /** from when on; left out, or later: from the instant up to which the database knows everything */
  since?: Date;
  /**
   * the highest mark that was told of this database. If the database has reached it, another replica has applied everything
   * already. Left out: apply in any case
   */
  confirmed?: number;
  /** the highest mark of which this process knows that audit-service stored it */
  known?: number;
  /** the operators answer for what the trail may not know (ADR 116) */
  answeredFor?: boolean;
}

/**
 * Applies all that ended, in one transaction: either everything that the trail knows has ended when it resolves, or nothing
 * has changed. Two replicas wait for each other; the second finds nothing to do.
 *
 * @throws TrailNotWhole when the trail does not know what has ended, and nobody answers for it
 */
export async function applyEnds(
  pool: Pool,
  trail: TrailOfEnds,
  { since, confirmed, known = 0, answeredFor = false }: Applying,
): Promise<AppliedEnds> {
  const place = await currentPlace(pool);
  return inTransaction(pool, async (client) => {
    const query = queryOn(client);
    const state = await lockState(query);
    const sum: AppliedEnds = { grants: 0, replaced: 0, clients: 0 };
    if (confirmed !== undefined && state.mark >= confirmed) return sum;
    const from = since && since < state.markedAt ? since : state.markedAt;
    const requireWhole = async () => {
      const told = await trail.highestMark(state.id, state.mark, known);
      if (!answeredFor && !knowsAllSince(told, from)) throw new TrailNotWhole();
      return told;
    };
    // Who waits for the operators tries this often, so nothing is done yet that would be rolled back.
    await requireWhole();
    const tenants = await query<{ id: string }>('SELECT id FROM tenant ORDER BY id', []);
    for (const { id } of tenants) {
      const applied = await applyToTenant(query, trail, id, from);
      for (const name of ['grants', 'replaced', 'clients'] as const) sum[name] += applied[name];
    }
    // After the ends: whatever was put back before they were read is known by now.
    const told = await requireWhole();
    const above = Math.max(told.highest, confirmed ?? 0) + (answeredFor ? ABOVE_ALL : 0);
    await raiseMark(query, above, place);
    return sum;
  });
}
