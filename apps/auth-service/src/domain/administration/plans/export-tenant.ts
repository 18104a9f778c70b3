/** What auth-service knows of a plan, for who takes it along (docs/adr/0103-delete-a-plan-and-keep-its-trail.md). */
import { inOneView, type Pool } from '@patient-access/database';
import { type Operator, recordAct } from '../../audit/acts.ts';
import type { PrismaClient } from '../../../generated/client.ts';
import { showPlan } from './plan-settings.ts';

const whole = (table: string, order: string) =>
  `SELECT to_jsonb(r) - 'tenant' AS value FROM ${table} r WHERE tenant = $1 ORDER BY ${order}`;

/** By the kind of a line. No password, secret, code, token or private key is in any of them. */
const PARTS: Readonly<Record<string, string>> = {
  login: `SELECT jsonb_build_object('sub', sub, 'login', login, 'role', role, 'fhir_user', fhir_user, 'email', email,
                 'language', language, 'proofing', proofing, 'proofed_at', proofed_at, 'created_at', created_at) AS value
            FROM account WHERE tenant = $1 ORDER BY sub`,
  relation: whole('account_member', 'sub, patient'),
  identity: whole('federated_identity', 'iss, subject'),
  'auditor-identity': whole('auditor_identity', 'iss, subject'),
  'member-number': whole('plan_member', 'number, patient'),
  consent: whole('consent', 'grant_id'),
  app: `SELECT jsonb_build_object('client_id', id, 'metadata', metadata, 'registered_by', registered_by,
               'registered_at', registered_at, 'banned_at', banned_at, 'ban_reason', ban_reason) AS value
          FROM client WHERE tenant = $1 ORDER BY id`,
  'receipt-key': `SELECT jsonb_build_object('kid', kid, 'public_jwk', public_jwk, 'created_at', created_at,
                         'replaced_at', replaced_at) AS value
                    FROM receipt_key WHERE tenant = $1 ORDER BY kid`,
};

const line = (kind: string, value: unknown) => `${JSON.stringify({ kind, value })}\n`;

/**
 * A plan as NDJSON, as it was at one moment: a line for the plan with its settings, one for each login, relation, member
 * number, consent and app, and a last line with their numbers, without which it is not whole. That it is begun is in the
 * trail before the first line.
 *
 * @throws NotFoundError when there is no such plan
 */
export async function* tenantLines(
  { prisma, pool, by }: { prisma: PrismaClient; pool: Pool; by: Operator },
  id: string,
): AsyncGenerator<string> {
  const plan = await showPlan(prisma, id);
  await recordAct(pool, { ...by, tenant: id }, { action: 'tenant-export' });
  yield line('plan', plan);
  const kinds = Object.keys(PARTS);
  const counts = new Map(kinds.map((kind) => [kind, 0]));
  const statements = Object.values(PARTS).map((text) => ({ text, values: [id] }));
  for await (const { statement, rows } of inOneView<{ value: unknown }>(pool, statements)) {
    const kind = kinds[statement] ?? '';
    counts.set(kind, (counts.get(kind) ?? 0) + rows.length);
    yield rows.map(({ value }) => line(kind, value)).join('');
  }
  await recordAct(
    pool,
    // The first event has the id of the request.
    { ...by, tenant: id, requestId: undefined },
    { action: 'tenant-exported', words: JSON.stringify(Object.fromEntries(counts)) },
  );
  yield line('end', Object.fromEntries(counts));
}
