/** What the switches change in the database. */
import { MAX_SLOW_MILLISECONDS } from '@patient-access/smart';
import type { PoolClient } from 'pg';
import { z } from 'zod';
import { endGrantsOf } from '../../domain/consent/end-grants.ts';
import type { RunSql } from '../../domain/database.ts';
import { idOf } from '../../provider/adapters/record-adapter.ts';
import { destroyToken, NOTIFY_REVOCATION } from '../../domain/grants/records.ts';
import { dropScope, without } from '../../provider/sandbox/drop-scope.ts';
import { invalidRequest, invalidScope } from './refusal.ts';
import type { TimedFault } from '../../domain/sandbox/sandbox-faults.ts';
import type { SandboxCaller, FaultResult } from './sandbox-caller.ts';

const MAX_SECONDS = 600;
const USUAL_SECONDS = 60;
const MAX_COUNT = 1_000;

const Seconds = z.coerce.number().int().min(1).max(MAX_SECONDS).default(USUAL_SECONDS);
const Throttle = z.object({
  seconds: Seconds,
  count: z.coerce.number().int().min(1).max(MAX_COUNT).optional(),
});
const Slow = z.object({
  seconds: Seconds,
  milliseconds: z.coerce.number().int().min(1).max(MAX_SLOW_MILLISECONDS),
});
/** Without them a refresh token would be one that nobody agreed to. */
const REFRESHING = new Set(['offline_access', 'online_access']);
const DropScope = z.object({ scope: z.string().min(1) });

/** An app and the transaction in which something is changed for it. */
interface FaultChange extends SandboxCaller {
  db: PoolClient;
  query: RunSql;
}

/** @throws SandboxRefusal when the form asks for what cannot be */
export type Change = (change: FaultChange, form: unknown) => Promise<FaultResult>;

function parse<Form>(schema: z.ZodType<Form>, form: unknown): Form {
  const { success, data, error } = schema.safeParse(form);
  if (success) return data;
  throw invalidRequest(error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '));
}

/** Gateways forget what they know of the grant, and hear how it is treated now when they ask again. */
const publishRevocation = ({ query, tenant: { id: tenant }, token: { grantId } }: FaultChange) =>
  query(NOTIFY_REVOCATION, [JSON.stringify({ tenant, grantId })]);

async function clearFaults(change: FaultChange, which: readonly TimedFault[]): Promise<FaultResult> {
  await change.sandbox.clearFaults(change.query, change.token.grantId, which);
  await publishRevocation(change);
  return { cleared: which };
}

/** By the last segment of `POST {sandbox}/{switch}`. */
export const CHANGES: ReadonlyMap<string, Change> = new Map<string, Change>([
  [
    'expire-token',
    async ({ db, tenant, token: { jti } }) => {
      await destroyToken(db, [tenant.id, 'AccessToken', idOf(jti)], jti);
      return { active: false };
    },
  ],
  [
    'revoke-grant',
    async ({ query, token, eventContext }) => {
      await endGrantsOf(query, { grant: token.grantId }, 'app', eventContext);
      return { active: false };
    },
  ],
  [
    'drop-scope',
    async (change, form) => {
      const { query, tenant, token } = change;
      const { scope: dropped } = parse(DropScope, form);
      const scope = token.scope ?? '';
      const rest = without(scope, dropped);
      if (rest === scope) throw invalidScope('the access token has no such scope');
      if (rest === '') throw invalidScope('it is the only scope of the access token');
      if (REFRESHING.has(dropped)) throw invalidScope(`${dropped} goes with the grant: revoke-grant`);
      if (!(await dropScope(query, tenant.id, token.grantId, dropped)))
        throw invalidScope('the grant has it as part of a wider scope: drop that one');
      await publishRevocation(change);
      return { scope: rest };
    },
  ],
  [
    'throttle',
    async (change, form) => {
      const { seconds, count } = parse(Throttle, form);
      const { sandbox, query, token } = change;
      const until = await sandbox.setFault(query, token.grantId, 'throttle', { amount: count, seconds });
      await publishRevocation(change);
      return { throttled_until: until.toISOString(), count };
    },
  ],
  [
    'slow',
    async (change, form) => {
      const { seconds, milliseconds } = parse(Slow, form);
      const { sandbox, query, token } = change;
      const until = await sandbox.setFault(query, token.grantId, 'slow', { amount: milliseconds, seconds });
      await publishRevocation(change);
      return { slow_until: until.toISOString(), milliseconds };
    },
  ],
  ['clear', (change) => clearFaults(change, ['throttle', 'slow'])],
]);

/** By the last segment of `DELETE {sandbox}/{switch}`. */
export const CLEARINGS: ReadonlyMap<string, Change> = new Map(
  (['throttle', 'slow'] as const).map((which): [string, Change] => [
    which,
    (change) => clearFaults(change, [which]),
  ]),
);
