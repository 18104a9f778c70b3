/** `npm run admin -- account …-email`: the e-mail addresses of logins. */
import { text } from 'node:stream/consumers';
import type { Administration } from '../domain/administration/administration.ts';
import { AccountEmail, loadAccountEmails, setAccountEmail } from '../domain/administration/logins/emails.ts';

export const EMAIL_USAGE = `  account set-email --tenant <id> --login <login> --email <address>
  account remove-email --tenant <id> --login <login>
  account load-emails --tenant <id> < emails.ndjson        { "login", "email" }`;

export const EMAIL_OPTIONS = { email: { type: 'string' } } as const;

interface Given {
  login?: string;
  email?: string;
}

/** The plan's word counts: these addresses are confirmed. */
export const EMAIL_ACTS: Record<string, (admin: Administration, given: Given) => Promise<void>> = {
  'account set-email': async (admin, given) => {
    const { login, email } = AccountEmail.parse({ login: given.login, email: given.email });
    await setAccountEmail(admin, login, email);
  },
  'account remove-email': (admin, { login = '' }) => setAccountEmail(admin, login, null),
  'account load-emails': async (admin) => {
    const lines = await loadAccountEmails(admin, await text(process.stdin));
    process.stdout.write(`${lines} addresses\n`);
  },
};
