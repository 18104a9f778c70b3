/** Who is logged in, as a page says it. */
import type { Account, Member } from '../accounts/accounts.ts';
import type { Texts } from './texts/en.ts';

/** More would fill the head of each page. */
const MOST_NAMES = 2;

type Login = Pick<Account, 'login' | 'members'>;

/**
 * @returns the name of the login. Whoever logs in at the plan's identity provider and is none of the members has no name
 *   here, so the page says for whom this person acts: two names, and how many others
 */
export function loginName(
  { login, members }: Login,
  { locale, consent }: Pick<Texts, 'locale' | 'consent'>,
): string {
  if (login !== '' || members.length === 0) return login;
  const names = members.slice(0, MOST_NAMES).map(({ name }) => name);
  const more = members.length - names.length;
  const others = more === 1 ? consent.oneOther : consent.others(new Intl.NumberFormat(locale).format(more));
  const listed = more > 0 ? [...names, others] : names;
  return consent.actsFor(new Intl.ListFormat(locale, { type: 'conjunction' }).format(listed));
}

/**
 * As {@link loginName}, for what is stored with the consent of one member and given away with its receipt: it names no
 * other member.
 *
 * @param member whose data the app gets; undefined: nobody's
 */
export function loginNameFor(
  account: Login,
  member: Member | undefined,
  texts: Pick<Texts, 'locale' | 'consent'>,
): string {
  if (member) return loginName({ login: account.login, members: [member] }, texts);
  if (account.login !== '' || account.members.length === 0) return account.login;
  return texts.consent.actsForAMember;
}
