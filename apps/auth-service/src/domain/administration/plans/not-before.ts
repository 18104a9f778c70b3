/** Ends everything that was issued before an instant: tokens, codes, sessions, and the grants themselves. */
import { inTransaction, type Pool } from '@patient-access/database';
import { z } from 'zod';
import { recordAct } from '../../audit/acts.ts';
import type { Administrator } from '../../audit/administrator.ts';
import { queryOn, type RunSql } from '../../database.ts';
import { NOTIFY_REVOCATION } from '../../grants/records.ts';
import { NotFoundError } from '../administration.ts';

const CLOCK_TOLERANCE_MS = 5_000;

const NotBefore = z.strictObject({
  /**
   * ISO 8601; what was issued at this instant or before it ends. Left out: now, by the clock of the database, which dates all
   * that is issued
   */
  before: z.iso
    .datetime({ offset: true })
    .transform((text) => new Date(text))
    .refine((at) => at.getTime() <= Date.now() + CLOCK_TOLERANCE_MS, 'is in the future')
    .optional(),
});

/** An earlier instant than before changes nothing: what has ended stays ended. As text: a Date has no microseconds. */
const SET = `UPDATE tenant SET not_before = greatest(not_before, least($2::timestamptz, now()))
              WHERE id = $1 RETURNING not_before::text`;
const DELETE = 'DELETE FROM oidc_record WHERE tenant = $1 AND issued_at <= $2';
/** Each end is recorded in the background, as those of relations are (consent/end-over-grants.ts). */
const GRANTS_ARE_OVER = `
  UPDATE consent SET over_at = now(), over_by = 'not-before'
   WHERE tenant = $1 AND granted_at <= $2 AND revoked_at IS NULL AND until > now() AND (over_at IS NULL OR over_at > now())`;

/** Who ends it, and where. */
export interface EndingAll extends Administrator {
  pool: Pool;
  /** left out: all tenants of the installation */
  tenant?: string;
  address?: string;
  requestId?: string;
}

async function endAtTenant(query: RunSql, tenant: string, before: Date | undefined): Promise<void> {
  const [set] = await query<{ not_before: string }>(SET, [tenant, before ?? null]);
  if (!set) throw new NotFoundError(`no tenant "${tenant}"`);
  await query(DELETE, [tenant, set.not_before]);
  await query(GRANTS_ARE_OVER, [tenant, set.not_before]);
  await query(NOTIFY_REVOCATION, [JSON.stringify({ tenant })]);
}

/**
 * From the commit on, nothing that was issued at the instant or before it is accepted on any replica, and the gateways drop
 * what they have cached. Members log in and connect their apps again.
 *
 * @returns the tenants
 * @throws NotFoundError when there is no such tenant; ZodError when the instant is none, or lies in the future
 */
export function endEverythingBefore(ending: EndingAll, values: unknown): Promise<string[]> {
  const { before } = NotBefore.parse(values ?? {});
  const { pool, administrator, issuer, name, address, requestId } = ending;
  return inTransaction(pool, async (db) => {
    const query = queryOn(db);
    const all = await query<{ id: string }>('SELECT id FROM tenant ORDER BY id', []);
    const tenants = ending.tenant === undefined ? all.map(({ id }) => id) : [ending.tenant];
    for (const tenant of tenants) {
      await endAtTenant(query, tenant, before);
      const actor = {
        tenant,
        administrator,
        issuer,
        name,
        address,
        requestId: tenants.length === 1 ? requestId : undefined,
      };
      await recordAct(db, actor, { action: 'not-before-set' });
    }
    return tenants;
  });
}
