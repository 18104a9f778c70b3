/** What a command of `npm run admin` is, and what the commands at one plan have in common. */
import type { Pool } from '@patient-access/database';
import { actingUser } from '@patient-access/platform/acting-user';
import { type Administration, openPlan } from '../domain/administration/administration.ts';
import { openOnRecord } from '../domain/administration/open-on-record.ts';
import { Told } from '../domain/administration/told.ts';
import type { Keys } from '../domain/keys/secrets.ts';
import type { PrismaClient } from '../generated/client.ts';

/** With what a command works. */
export interface CommandTools {
  prisma: PrismaClient;
  pool: Pool;
  /** KEY_ENCRYPTION_KEY */
  masters: Keys;
}

/** @returns what is printed as JSON; undefined: nothing more is printed */
export type Command<Given = never> = (tools: CommandTools, given: Given) => Promise<unknown>;

/** Commands by their words. */
export type Commands = Readonly<Record<string, Command>>;

/** Who runs the command, for the trail. */
export const operator = () => ({ administrator: actingUser() });

/** What an administrator of one plan does. */
type Act = (admin: Administration, given: never, masters: Keys) => Promise<unknown>;

/** The trail of a deleted plan goes on to speak of its apps. */
const OF_DELETED_PLANS: readonly string[] = ['client list', 'client show'];

/** An answer about persons is printed when the event that names them is durable. */
function commandAtPlan(words: string, act: Act): Command<{ tenant?: string }> {
  return async ({ prisma, pool, masters }, given) => {
    const orDeleted = OF_DELETED_PLANS.includes(words);
    const tenant = await openPlan(prisma, given.tenant ?? '', { orDeleted });
    const admin = { pool, tenant, ...operator() };
    const result = await act(admin, given as never, masters);
    return result instanceof Told ? openOnRecord(admin, `admin ${words}`, result) : result;
  };
}

/** @returns a command for each act, at the plan that `--tenant` names */
export const atPlan = (acts: Readonly<Record<string, Act>>): Commands =>
  Object.fromEntries(Object.entries(acts).map(([words, act]) => [words, commandAtPlan(words, act)]));
