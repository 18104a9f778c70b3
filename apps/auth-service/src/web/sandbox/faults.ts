/** The faults that are changes in the database. */
import { MAX_SLOW_MILLISECONDS } from '@patient-access/smart';
import type { PoolClient } from 'pg';
import { z } from 'zod';
import { endGrantsOf } from '../../domain/consent/end-grants.ts';
import type { RunSql } from '../../domain/database.ts';
import { parseInput } from '../../domain/parse-input.ts';
import { recordId } from '../../provider/adapters/record-id.ts';
import { destroyToken, NOTIFY_REVOCATION } from '../../domain/grants/records.ts';
import { dropScope, without } from '../../provider/sandbox/drop-scope.ts';
import { invalidRequest, invalidScope } from './sandbox-error.ts';
import type { TimedFault } from '../../domain/sandbox/sandbox-faults.ts';
import type { FaultResponse, SandboxCaller } from './sandbox-caller.ts';

const MAX_SECONDS = 600;
const USUAL_SECONDS = 60;
const MAX_COUNT = 1_000;

const Seconds = z.coerce.number().int().min(1).max(MAX_SECONDS).default(USUAL_SECONDS);
const Throttle = z.strictObject({
  seconds: Seconds,
  count: z.coerce.number().int().min(1).max(MAX_COUNT).optional(),
});
const Slow = z.strictObject({
  seconds: Seconds,
  milliseconds: z.coerce.number().int().min(1).max(MAX_SLOW_MILLISECONDS),
});
/** If one of these could be dropped, the grant would keep a refresh token to which the member did not agree. */
const REFRESH_SCOPES = new Set(['offline_access', 'online_access']);
const DropScope = z.strictObject({ scope: z.string().min(1) });

/** The app and the transaction in which its fault is set. */
interface FaultTransaction extends SandboxCaller {
  db: PoolClient;
  query: RunSql;
}

/** @throws SandboxError when the form is invalid */
export type DatabaseFault = (transaction: FaultTransaction, form: unknown) => Promise<FaultResponse>;

const parse = <Form extends z.ZodType>(schema: Form, form: unknown): z.infer<Form> =>
  parseInput(schema, form, ({ text }) => invalidRequest(text));

/** Tells the gateways to drop the grant from their caches. They learn about the fault at their next introspection. */
const notifyGateways = ({ query, tenant: { id: tenant }, token: { grantId } }: FaultTransaction) =>
  query(NOTIFY_REVOCATION, [JSON.stringify({ tenant, grantId })]);

async function clearFaults(
  transaction: FaultTransaction,
  which: readonly TimedFault[],
): Promise<FaultResponse> {
  await transaction.sandbox.clearFaults(transaction.query, transaction.token.grantId, which);
  await notifyGateways(transaction);
  return { cleared: which };
}

/** Faults by the last segment of `POST {sandbox}/{fault}`. */
export const DATABASE_FAULTS: ReadonlyMap<string, DatabaseFault> = new Map<string, DatabaseFault>([
  [
    'expire-token',
    async ({ db, tenant, token: { jti } }) => {
      await destroyToken(db, [tenant.id, 'AccessToken', recordId(jti)], jti);
      return { active: false };
    },
  ],
  [
    'revoke-grant',
    async ({ query, token, context }) => {
      await endGrantsOf(query, { grant: token.grantId }, 'app', context);
      return { active: false };
    },
  ],
  [
    'drop-scope',
    async (transaction, form) => {
      const { query, tenant, token } = transaction;
      const { scope: dropped } = parse(DropScope, form);
      const scope = token.scope ?? '';
      const rest = without(scope, dropped);
      if (rest === scope) throw invalidScope('the access token has no such scope');
      if (rest === '') throw invalidScope('it is the only scope of the access token');
      if (REFRESH_SCOPES.has(dropped)) throw invalidScope(`${dropped} goes with the grant: revoke-grant`);
      if (!(await dropScope(query, tenant.id, token.grantId, dropped)))
        throw invalidScope('the grant has it as part of a wider scope: drop that one');
      await notifyGateways(transaction);
      return { scope: rest };
    },
  ],
  [
    'throttle',
    async (transaction, form) => {
      const { seconds, count } = parse(Throttle, form);
      const { sandbox, query, token } = transaction;
      const until = await sandbox.setFault(query, token.grantId, 'throttle', { amount: count, seconds });
      await notifyGateways(transaction);
      return { throttled_until: until.toISOString(), count };
    },
  ],
  [
    'slow',
    async (transaction, form) => {
      const { seconds, milliseconds } = parse(Slow, form);
      const { sandbox, query, token } = transaction;
      const until = await sandbox.setFault(query, token.grantId, 'slow', { amount: milliseconds, seconds });
      await notifyGateways(transaction);
      return { slow_until: until.toISOString(), milliseconds };
    },
  ],
  ['clear', (transaction) => clearFaults(transaction, ['throttle', 'slow'])],
]);

/** Faults by the last segment of `DELETE {sandbox}/{fault}`. */
export const CLEARABLE_FAULTS: ReadonlyMap<string, DatabaseFault> = new Map(
  (['throttle', 'slow'] as const).map((which): [string, DatabaseFault] => [
    which,
    (transaction) => clearFaults(transaction, [which]),
  ]),
);
