import { z } from 'zod';
import type { PrismaClient } from '../generated/client.ts';
import {
  NewAccount,
  NewAuditor,
  saveAccount,
  saveAuditor,
} from '../domain/administration/logins/accounts.ts';
import { AccountEmail } from '../domain/administration/logins/emails.ts';
import { KnownClient, saveKnownClient } from '../domain/administration/apps/known-clients.ts';
import { PlanMember, setPlanMembers } from '../domain/administration/members/plan-members.ts';
import { PASSWORDS_AT_ONCE } from '../domain/accounts/password.ts';
import { inPrismaTransaction, queryIn } from '../domain/database.ts';
import { joiningKey } from '../domain/joining/joined.ts';
import { setPlanPeople } from '../domain/joining/plan-people.ts';
import { PlanPerson } from '../domain/joining/plan-person.ts';
import { parseInput } from '../domain/parse-input.ts';
import { openPlan } from '../domain/administration/administration.ts';
import { createTenant, NewTenant } from '../domain/administration/plans/tenants.ts';
import { parseWritten } from '../domain/administration/written-json.ts';
import type { Keys } from '../domain/keys/secrets.ts';

export const Seed = z.object({
  tenants: z.array(NewTenant).default([]),
  accounts: z.array(NewAccount).default([]),
  auditors: z.array(NewAuditor).default([]),
  /** confirmed addresses of logins; one that a login has already stays */
  emails: z.array(AccountEmail.extend({ tenant: z.string().min(1) })).default([]),
  /** people who may make an account alone, with whose data their numbers open */
  people: z.array(z.object({ tenant: z.string().min(1), opens: PlanMember, person: PlanPerson })).default([]),
  /** apps of the installation itself */
  clients: z.array(KnownClient).default([]),
});
export type Seed = z.output<typeof Seed>;

/**
 * Reads `{ tenants, accounts, auditors, emails, people, clients }` as one JSON document, or NDJSON with any number of such documents.
 *
 * @throws Error with one line that says which line is wrong and why
 */
export function parseSeed(text: string): Seed {
  const whole = parseDocument(text, 'seed');
  if (whole) return whole;
  const lines = text.split('\n').flatMap((line, index) => (line.trim() ? [{ line, number: index + 1 }] : []));
  const documents = lines.map(({ line, number }) => {
    const place = `seed, line ${number}`;
    const document = parseDocument(line, place);
    if (!document) throw new Error(`${place}: not JSON`);
    return document;
  });
  return {
    tenants: documents.flatMap((document) => document.tenants),
    accounts: documents.flatMap((document) => document.accounts),
    auditors: documents.flatMap((document) => document.auditors),
    emails: documents.flatMap((document) => document.emails),
    people: documents.flatMap((document) => document.people),
    clients: documents.flatMap((document) => document.clients),
  };
}

function parseDocument(text: string, place: string): Seed | undefined {
  let value: unknown;
  try {
    value = parseWritten(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw new Error(`${place}: ${(error as Error).message}`, { cause: error });
  }
  return parseInput(Seed, value, ({ text: problem }) => new Error(`${place}: ${problem}`));
}

/** Of the command. */
const CONNECTIONS = 4;
/**
 * More logins at once would wait for a connection, or for another one's password to be hashed: on a busy machine for too
 * long.
 */
const AT_ONCE = Math.min(CONNECTIONS, PASSWORDS_AT_ONCE);

/** Sets existing tenants and logins to what the seed says, so it can run again. */
export async function seed(prisma: PrismaClient, masters: Keys, content: Seed): Promise<void> {
  for (const tenant of content.tenants) await createTenant(prisma, masters, tenant);
  for (const auditor of content.auditors) await saveAuditor(prisma, auditor);
  const waiting = [...content.accounts];
  const saveOneByOne = async () => {
    for (let account = waiting.shift(); account; account = waiting.shift())
      await saveAccount(prisma, account);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, saveOneByOne));
  for (const { tenant: tenantId, login, email } of content.emails)
    await prisma.account.updateMany({
      where: { tenantId, login, email: null },
      data: { email, emailSource: 'plan' },
    });
  for (const { tenant, opens, person } of content.people) {
    const plan = await openPlan(prisma, tenant);
    await inPrismaTransaction(prisma, async (transaction) => {
      const query = queryIn(transaction);
      await setPlanMembers(query, tenant, [opens]);
      await setPlanPeople(query, joiningKey(masters), plan, [person]);
    });
  }
  for (const client of content.clients)
    await saveKnownClient(prisma, await openPlan(prisma, client.tenant), client);
}
