/** What to narrow a question by that takes too long: what its page or file takes, and what it was not given yet (ADR 52). */
import type { Query } from './filter.ts';

/** By parameter, in words, what an index serves. */
const BOUNDS = {
  patient: 'a member (patient)',
  app: 'an app',
  reason: 'a reason',
  request: 'a request',
} as const;
type Bound = keyof typeof BOUNDS;

const ALL: readonly Bound[] = ['patient', 'app', 'reason', 'request'];
/** Of pages and files; those that are not named take the period alone. */
const TAKEN: ReadonlyMap<string, readonly Bound[]> = new Map<string, readonly Bound[]>([
  ['search', ALL],
  ['events.csv', ALL],
  ['events.ndjson', ALL],
  ['manifest.json', ALL],
  ['revoked', ['patient', 'app']],
  ['changes', ['patient']],
  ['notice.csv', ['app']],
  ['ended-tokens.csv', ['patient', 'app']],
]);
/** What no index serves. */
const COMPARED = ['address', 'login', 'administrator', 'resource'] as const;

const listed = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;

/** @returns what somebody can do whose question at this page or file took too long */
export function boundsFor(page: string, query: Query): string {
  const open = (TAKEN.get(page) ?? []).filter((bound) => !query.has(bound)).map((bound) => BOUNDS[bound]);
  const name = open.length > 0 ? `Name ${listed(open)}, or choose` : 'Choose';
  const why = COMPARED.some((each) => query.has(each))
    ? ' A network address, a login, an administrator and a record without its member are compared with every event of the period.'
    : '';
  return `This would have to read too much of the trail. ${name} a shorter period (from, to).${why}`;
}
