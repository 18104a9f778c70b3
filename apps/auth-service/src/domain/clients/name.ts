/** Checks names of apps: none may look like somebody else's (security case O15; UTS 39). */
import { plainText } from '../apps/app-name.ts';
import { namesAnotherPlan, namesThePlan } from './plan-names.ts';
import { reservedWords } from './reserved-names.ts';

const MAX_NAME_CHARACTERS = 80;

/** Scripts that may occur in one name: a single script, or a writing system that uses several. */
const ALONE =
  'Latin Greek Cyrillic Armenian Georgian Hebrew Arabic Devanagari Bengali Gurmukhi Gujarati Tamil Telugu';
const ALSO_ALONE = 'Kannada Malayalam Thai Lao Khmer Myanmar Ethiopic';
const TOGETHER = [
  ['Latin', 'Han', 'Hiragana', 'Katakana'],
  ['Latin', 'Han', 'Hangul'],
  ['Latin', 'Han', 'Bopomofo'],
];
const WRITING_SYSTEMS = [...`${ALONE} ${ALSO_ALONE}`.split(' ').map((script) => [script]), ...TOGETHER].map(
  (scripts) =>
    new RegExp(
      `^(?:\\P{L}|[${scripts.map((script) => `\\p{Script_Extensions=${script}}`).join('')}])*$`,
      'u',
    ),
);

/** Signs that names are written with. All others (check marks, emoji) look like a seal or a picture of something. */
const SIGNS = '+=<>|~^`$€£®©°×÷';

/** The names that the plans of this installation go by. */
export interface PlanNames {
  /** of the plan at which an app registers */
  own: readonly string[];
  others: readonly string[];
}

/**
 * Checks a name that an app chooses for itself.
 *
 * @param name as sent; characters that {@link plainText} removes do not count
 * @param plans none of them may be meant by the name
 * @returns why it is refused, as words that follow the field's name; undefined when it may be used
 */
export function nameProblem(name: string, { own, others }: PlanNames): string | undefined {
  const plain = plainText(name);
  if (!/\p{L}/u.test(plain)) return 'must have a letter';
  if ([...plain].length > MAX_NAME_CHARACTERS) return `must have at most ${MAX_NAME_CHARACTERS} characters`;
  if (/\p{M}{3}/u.test(plain.normalize('NFKD'))) return 'must not pile up accents';
  if (!WRITING_SYSTEMS.some((system) => system.test(plain))) return 'must not mix scripts';
  if ([...plain].some((character) => /\p{S}/u.test(character) && !SIGNS.includes(character)))
    return 'must not have symbols such as check marks and emoji';
  if (/[“”„‟«»]/u.test(plain)) return 'must not have quotation marks, which pages put around it';
  if (own.some((plan) => namesThePlan(plain, plan)))
    return 'must not be the name of the plan: only the plan can register it';
  if (others.some((plan) => namesAnotherPlan(plain, plan))) return 'must not be the name of another plan';
  const reserved = reservedWords(plain);
  return reserved && `must not say '${reserved}': only the plan can register such a name`;
}
