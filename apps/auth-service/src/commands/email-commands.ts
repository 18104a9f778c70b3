/** Commands about the e-mail addresses of logins. */
import type { Pool } from '@patient-access/database';
import { actingUser } from '@patient-access/platform/acting-user';
import { AccountEmail, loadAccountEmails, setAccountEmail } from '../domain/administration/logins/emails.ts';
import type { PrismaClient } from '../generated/client.ts';
import { openTenant } from './client-commands.ts';

export const EMAIL_USAGE = `  account set-email --tenant <id> --login <login> --email <address>
  account remove-email --tenant <id> --login <login>
  account load-emails --tenant <id> < emails.ndjson        { "login", "email" }`;

interface Given {
  tenant?: string;
  login?: string;
  email?: string;
}

type Run = (prisma: PrismaClient, pool: Pool, given: Given) => Promise<void>;

const administrationOf = async (prisma: PrismaClient, pool: Pool, { tenant = '' }: Given) => ({
  pool,
  tenant: await openTenant(prisma, tenant),
  administrator: actingUser(),
});

/** The plan's word counts: these addresses are confirmed. */
export const setEmail: Run = async (prisma, pool, given) => {
  const { login, email } = AccountEmail.parse({ login: given.login, email: given.email });
  await setAccountEmail(await administrationOf(prisma, pool, given), login, email);
};

export const removeEmailOf: Run = async (prisma, pool, given) =>
  setAccountEmail(await administrationOf(prisma, pool, given), given.login ?? '', null);

/** @param ndjson from standard input */
export async function loadEmails(
  prisma: PrismaClient,
  pool: Pool,
  given: Given,
  ndjson: string,
): Promise<number> {
  return loadAccountEmails(await administrationOf(prisma, pool, given), ndjson);
}
