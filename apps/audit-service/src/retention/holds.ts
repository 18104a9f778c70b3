/** Legal holds: records under one are not dropped, however old they are. */
import type pg from 'pg';
import { act, type Act } from './acts.ts';

export interface Hold {
  id: string;
  tenant: string;
  /** Patient id; null: the whole trail of the tenant */
  member: string | null;
  reason: string;
  set_by: string;
  set_at: Date;
  lifted_by: string | null;
  lifted_at: Date | null;
}

const SET = `
  INSERT INTO trail.legal_hold (tenant, member, reason, set_by) VALUES ($1, $2, $3, $4) RETURNING *`;
// As text: what is typed may be no UUID.
const LIFT = `
  UPDATE trail.legal_hold SET lifted_by = $2, lifted_at = now() WHERE id::text = $1 AND lifted_at IS NULL RETURNING *`;
const LIST = `SELECT * FROM trail.legal_hold WHERE $1 = '' OR tenant = $1 ORDER BY set_at, id`;

const whose = (member: string | null) => (member === null ? 'everybody' : `Patient/${member}`);

/**
 * Sets a hold on each of some members, all or none. Records stay under the id that a person had: whose records were merged has
 * one hold for each id, because this database does not know of merges.
 *
 * @param hold.members Patient ids; none: the whole trail of the tenant
 * @throws Error when one of them is empty: it would hold nothing
 */
export function setHolds(
  owner: pg.Client,
  {
    tenant,
    members = [],
    reason,
    by,
  }: { tenant: string; members?: readonly string[]; reason: string; by: string },
): Promise<Hold[]> {
  return act(owner, async () => {
    if (members.includes('')) throw new Error('the id of a member is empty');
    const holds: Hold[] = [];
    for (const member of members.length > 0 ? members : [null])
      holds.push(...(await owner.query<Hold>(SET, [tenant, member, reason, by])).rows);
    const acts = holds.map(({ id, member }): Act => {
      const request = `hold ${id} of ${whose(member)}: ${reason}`;
      return { tenant, action: 'hold-set', by, request };
    });
    return { result: holds, acts };
  });
}

/** @throws Error when there is no such hold, or it was lifted before */
export function liftHold(owner: pg.Client, { id, by }: { id: string; by: string }): Promise<Hold> {
  return act(owner, async () => {
    const { rows } = await owner.query<Hold>(LIFT, [id, by]);
    const [hold] = rows;
    if (!hold) throw new Error(`no hold ${id}, or it is lifted already`);
    const request = `hold ${hold.id} of ${whose(hold.member)}`;
    return { result: hold, acts: [{ tenant: hold.tenant, action: 'hold-lift', by, request }] };
  });
}

/**
 * Whose trail is held says something of a person, so each plan that is told of has an event.
 *
 * @param tenant empty for all
 */
export function listHolds(owner: pg.Client, tenant: string, by: string): Promise<Hold[]> {
  return act(owner, async () => {
    const { rows } = await owner.query<Hold>(LIST, [tenant]);
    const acts = [...Map.groupBy(rows, (hold) => hold.tenant)].map(([plan, holds]) => ({
      ...({ tenant: plan, action: 'hold-list', by, count: holds.length } as const),
      request: 'audit hold list',
    }));
    return { result: rows, acts };
  });
}
