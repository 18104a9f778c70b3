/** Who is logged in, as a page says it. */
import type { Account } from '../accounts/accounts.ts';
import type { Texts } from './texts/en.ts';

/**
 * @returns the name of the login. Whoever logs in at the plan's identity provider and is none of the members has no name
 *   here, so the page says for whom this person acts
 */
export function loginName(
  { login, members }: Pick<Account, 'login' | 'members'>,
  { locale, member }: Pick<Texts, 'locale' | 'member'>,
): string {
  if (login !== '' || members.length === 0) return login;
  const names = new Intl.ListFormat(locale, { type: 'conjunction' }).format(members.map(({ name }) => name));
  return member.actsFor(names);
}
