/** Which passwords a login may have (NIST SP 800-63B-4 section 3.1.1; ADR 58). */
import { demandsSecondFactor } from '../second-factor/demand.ts';
import type { Tenant } from '../tenant/tenant.ts';
import type { Account } from './accounts.ts';
import { isCommonPassword } from './common-passwords.ts';
import { withoutRuns } from './keyboard-runs.ts';
import { charactersOf, isTooLong, normalizePassword } from './password-text.ts';

/** Code points of a password that opens a login alone. */
const MIN_ALONE = 15;
/** Code points of a password beside a second factor that the login always needs. */
const MIN_WITH_SECOND_FACTOR = 8;

/** Fewer characters than this are guessed, however often they are repeated. */
const MIN_TELLING_CHARACTERS = 8;
/** What is left of a password without the words that everybody expects in it. */
const MIN_OWN_LETTERS = 4;
const MIN_WORD_CHARACTERS = 3;

/** Words that people choose for a login at a health plan. */
const EXPECTED = 'password contraseña patient access member health plan insurance salud seguro login'.split(
  ' ',
);

/** Digits and signs that people write for a letter. */
const LETTER_FOR: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '@': 'a',
  $: 's',
  '!': 'i',
};

export type PasswordProblem = 'short' | 'long' | 'common' | 'pattern' | 'expected';

/** Whose password it is going to be. */
export interface PasswordOwner {
  minCharacters: number;
  /** the plan's name, the login, the names of the persons: nobody should guess from them */
  names: readonly string[];
}

export function passwordOwner(
  tenant: Pick<Tenant, 'name' | 'kind' | 'settings'>,
  account: Pick<Account, 'login' | 'role' | 'members'>,
): PasswordOwner {
  const minCharacters = demandsSecondFactor(tenant, account) ? MIN_WITH_SECOND_FACTOR : MIN_ALONE;
  const names = [tenant.name, account.login, ...account.members.map(({ name }) => name)];
  return { minCharacters, names };
}

const withLetters = (text: string): string => [...text].map((char) => LETTER_FOR[char] ?? char).join('');

/** `Password2026!!` is no other password than `password`. */
const withoutEnds = (text: string): string => text.replace(/^\P{L}+|\P{L}+$/gu, '');

/** @returns the shortest text that gives `text` when it is written again and again */
function repeatedPart(text: string): string {
  const end = text.length;
  for (let length = 1; length < end; length += 1) {
    const part = text.slice(0, length);
    if (part.repeat(Math.ceil(end / length)).slice(0, end) === text) return part;
  }
  return text;
}

const isPattern = (text: string): boolean => [...withoutRuns(text)].length < MIN_TELLING_CHARACTERS;

const isCommon = (text: string): boolean =>
  [text, withoutEnds(text), withoutEnds(withLetters(text))].some(isCommonPassword);

/** The whole name, and each word of it. */
function wordsOf(name: string): string[] {
  const words = name
    .normalize('NFKC')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u);
  return [words.join(''), ...words].filter((word) => word.length >= MIN_WORD_CHARACTERS);
}

function isExpected(text: string, names: readonly string[]): boolean {
  const words = [...EXPECTED, ...names.flatMap(wordsOf)].sort((a, b) => b.length - a.length);
  const letters = text.replace(/[^\p{L}\p{N}]+/gu, '');
  const own = words.reduce((left, word) => left.replaceAll(word, ''), letters).replace(/\P{L}+/gu, '');
  return own.length < MIN_OWN_LETTERS && words.some((word) => letters.includes(word));
}

/**
 * Checks a password that somebody chooses. No kind of character is demanded, and none refused.
 *
 * @returns why it is refused; undefined when it may be used
 */
export function passwordProblem(
  password: string,
  { minCharacters, names }: PasswordOwner,
): PasswordProblem | undefined {
  if (charactersOf(password) < minCharacters) return 'short';
  if (isTooLong(password)) return 'long';
  const text = normalizePassword(password).toLowerCase();
  const part = repeatedPart(text);
  if (isPattern(part)) return 'pattern';
  if (isCommon(text) || isCommon(part)) return 'common';
  return isExpected(text, names) || isExpected(withLetters(text), names) ? 'expected' : undefined;
}
