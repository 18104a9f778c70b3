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
import type { Thrower, Told } from './thrower.ts';

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
interface Changing extends Thrower {
  db: PoolClient;
  query: RunSql;
}

/** @throws SandboxRefusal when the form asks for what cannot be */
export type Change = (changing: Changing, form: unknown) => Promise<Told>;

function parse<Form>(schema: z.ZodType<Form>, form: unknown): Form {
  const { success, data, error } = schema.safeParse(form);
  if (success) return data;
  throw invalidRequest(error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '));
}

/** Gateways forget what they know of the grant, and hear how it is treated now when they ask again. */
const tell = ({ query, tenant: { id: tenant }, token: { grantId } }: Changing) =>
  query(NOTIFY_REVOCATION, [JSON.stringify({ tenant, grantId })]);

async function turnOff(changing: Changing, which: readonly TimedFault[]): Promise<Told> {
  await changing.sandbox.clearFaults(changing.query, changing.token.grantId, which);
  await tell(changing);
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
    async ({ query, token, context }) => {
      await endGrantsOf(query, { grant: token.grantId }, 'app', context);
      return { active: false };
    },
  ],
  [
    'drop-scope',
    async (changing, form) => {
      const { query, tenant, token } = changing;
      const { scope: dropped } = parse(DropScope, form);
      const scope = token.scope ?? '';
      const rest = without(scope, dropped);
      if (rest === scope) throw invalidScope('the access token has no such scope');
      if (rest === '') throw invalidScope('it is the only scope of the access token');
      if (REFRESHING.has(dropped)) throw invalidScope(`${dropped} goes with the grant: revoke-grant`);
      if (!(await dropScope(query, tenant.id, token.grantId, dropped)))
        throw invalidScope('the grant has it as part of a wider scope: drop that one');
      await tell(changing);
      return { scope: rest };
    },
  ],
  [
    'throttle',
    async (changing, form) => {
      const { seconds, count } = parse(Throttle, form);
      const { sandbox, query, token } = changing;
      const until = await sandbox.setFault(query, token.grantId, 'throttle', { amount: count, seconds });
      await tell(changing);
      return { throttled_until: until.toISOString(), count };
    },
  ],
  [
    'slow',
    async (changing, form) => {
      const { seconds, milliseconds } = parse(Slow, form);
      const { sandbox, query, token } = changing;
      const until = await sandbox.setFault(query, token.grantId, 'slow', { amount: milliseconds, seconds });
      await tell(changing);
      return { slow_until: until.toISOString(), milliseconds };
    },
  ],
  ['clear', (changing) => turnOff(changing, ['throttle', 'slow'])],
]);

/** By the last segment of `DELETE {sandbox}/{switch}`. */
export const CLEARINGS: ReadonlyMap<string, Change> = new Map(
  (['throttle', 'slow'] as const).map((which): [string, Change] => [
    which,
    (changing) => turnOff(changing, [which]),
  ]),
);
