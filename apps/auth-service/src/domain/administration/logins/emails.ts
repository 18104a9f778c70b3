/** E-mail addresses of logins, as the plan knows them. They count as confirmed. */
import { inTransaction } from '@patient-access/database';
import { z } from 'zod';
import { normalizeLogin } from '../../accounts/accounts.ts';
import { EmailAddress } from '../../accounts/email-address.ts';
import { recordAct } from '../../audit/acts.ts';
import { type Administration, actorOf, NotFoundError } from '../administration.ts';
import { parseWritten } from '../written-json.ts';

export const AccountEmail = z.strictObject({
  login: z.string().transform(normalizeLogin).pipe(z.string().min(1)),
  email: EmailAddress,
});
export type AccountEmail = z.infer<typeof AccountEmail>;

/** Auditors have no address: they get a new password from the plan. */
const FIND = `
  SELECT a.sub, a.email, a.email_source AS source, m.patient
    FROM account a LEFT JOIN account_member m ON m.tenant = a.tenant AND m.sub = a.sub AND m.relationship = 'self'
   WHERE a.tenant = $1 AND a.login = $2 AND a.role = 'member' FOR UPDATE OF a`;
const SET = `
  UPDATE account SET email = $3, email_source = CASE WHEN $3::text IS NOT NULL THEN 'plan' END
   WHERE tenant = $1 AND sub = $2`;

interface Row {
  sub: string;
  email: string | null;
  source: string | null;
  patient: string | null;
}

/**
 * Sets the address of a login, in place of whatever address it had. What is so already changes nothing and leaves no
 * event.
 *
 * @param email null: the login has none from now on
 * @throws NotFoundError when there is no such login of a member
 */
export function setAccountEmail(admin: Administration, login: string, email: string | null): Promise<void> {
  const { pool, tenant } = admin;
  return inTransaction(pool, async (client) => {
    const [row] = (await client.query<Row>(FIND, [tenant.id, normalizeLogin(login)])).rows;
    if (!row) throw new NotFoundError(`no member's login "${login}" at "${tenant.id}"`);
    if (row.email === email && (email === null || row.source === 'plan')) return;
    await client.query(SET, [tenant.id, row.sub, email]);
    await recordAct(client, actorOf(admin), {
      action: email === null ? 'account-email-remove' : 'account-email-set',
      member: row.patient ?? undefined,
    });
  });
}

/**
 * Sets the addresses of many logins.
 *
 * @param ndjson one `{ login, email }` a line
 * @returns how many lines there were
 * @throws Error that names the line; the lines before it are loaded
 */
export async function loadAccountEmails(administration: Administration, ndjson: string): Promise<number> {
  const lines = ndjson.split('\n').map((line, index) => ({ line, number: index + 1 }));
  const given = lines.filter(({ line }) => line.trim() !== '');
  for (const { line, number } of given) {
    try {
      const { login, email } = AccountEmail.parse(parseWritten(line));
      await setAccountEmail({ ...administration, requestId: undefined }, login, email);
    } catch (error) {
      throw new Error(`line ${number}: ${reasonOf(error)}`, { cause: error });
    }
  }
  return given.length;
}

function reasonOf(error: unknown): string {
  if (error instanceof SyntaxError) return 'not JSON';
  if (!(error instanceof z.ZodError)) return (error as Error).message;
  const issue = error.issues[0];
  return `${issue?.path.join('.')}: ${issue?.message}`;
}
