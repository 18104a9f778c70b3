/** Checks names of apps: none may look like somebody else's (security case O15; UTS 39). */
import { plainText } from '../apps/app-name.ts';

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

/** Characters that look like a Latin letter, each followed by that letter. */
const LOOKALIKES = new Map(
  (
    'аa бb вb гr еe ёe зe иu іi їi јj кk лn мm нh оo пn рp сc тt уy хx ѕs һh ԁd ԛq ԝw ѵv ' +
    'αa βb γy δd εe ηn ιi κk λa μm νv οo ρp σo ςc τt υu χx ωw ' +
    'ıi ɪi ɩi ɑa ᴀa ʙb ᴄc ᴅd ᴇe ꜰf ɡg ɢg ʜh ᴊj ᴋk ʟi ᴍm ɴn ᴏo ᴘp ʀr ꜱs ᴛt ᴜu ᴠv ᴡw ʏy ᴢz øo łi đd ' +
    '0o 1i li |i !i 3e 4a @a 5s $s 7t 8b 9g €e'
  )
    .split(' ')
    .map((pair) => [...pair] as [string, string]),
);

/** Names of bodies for which no app speaks. Those of more than four letters are also found inside a longer word. */
const RESERVED = [
  'Medicare',
  'Medicaid',
  'CMS',
  'HHS',
  'SSA',
  'VA',
  'IHS',
  'Tricare',
  'HealthCare.gov',
  'USDS',
  'Veterans Affairs',
  'Social Security',
  'Health and Human',
  'federal government',
  'official',
  'verified',
  'approved by',
  'endorsed',
  'your plan',
  'your health plan',
];
const ACRONYM_CHARACTERS = 4;

/** Words that many plans have in their names. */
const COMMON = new Set(
  'a an and of the health plan plans insurance mutual care medical group company co inc llc corp members member first benefit benefits services service system systems community family american national network life choice'.split(
    ' ',
  ),
);
const MIN_PLAN_WORD_CHARACTERS = 3;

/** A text as the eye reads it: no accents, no case, and the Latin letter for each look-alike. */
function skeleton(text: string): string {
  const letters = text.replaceAll('&', ' and ').normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  const seen = [...letters].map((letter) => LOOKALIKES.get(letter) ?? letter).join('');
  return seen.replaceAll('rn', 'm').replaceAll('vv', 'w');
}

/** The words of a skeleton. Letters that stand alone, as in `C.M.S.`, make one word. */
function wordsOf(text: string): string[] {
  const words: string[] = [];
  let spelled = '';
  for (const word of [...skeleton(text).split(/[^\p{L}\p{N}]+/u), '']) {
    if (word.length === 1) spelled += word;
    else {
      words.push(spelled, word);
      spelled = '';
    }
  }
  return words.filter(Boolean);
}

/** Whether the name contains the plan's whole name, or a word that identifies the plan. */
function namesThePlan(words: readonly string[], plan: string): boolean {
  const own = wordsOf(plan);
  const common = new Set([...COMMON].map(skeleton));
  const telling = own.filter((word) => word.length >= MIN_PLAN_WORD_CHARACTERS && !common.has(word));
  const known = (part: string) => (word: string) =>
    word === part || (part.length > ACRONYM_CHARACTERS && word.startsWith(part));
  return telling.some((part) => words.some(known(part))) || words.join('').includes(own.join(''));
}

function isReserved(words: readonly string[], reserved: string): boolean {
  const letters = wordsOf(reserved).join('');
  return reserved.length <= ACRONYM_CHARACTERS ? words.includes(letters) : words.join('').includes(letters);
}

/**
 * Checks a name that an app chooses for itself.
 *
 * @param name as sent; characters that {@link plainText} removes do not count
 * @param plan name of the tenant
 * @returns why it is refused, as words that follow the field's name; undefined when it may be used
 */
export function nameProblem(name: string, plan: string): string | undefined {
  const plain = plainText(name);
  if (!/\p{L}/u.test(plain)) return 'must have a letter';
  if ([...plain].length > MAX_NAME_CHARACTERS) return `must have at most ${MAX_NAME_CHARACTERS} characters`;
  if (/\p{M}{3}/u.test(plain.normalize('NFKD'))) return 'must not pile up accents';
  if (!WRITING_SYSTEMS.some((system) => system.test(plain))) return 'must not mix scripts';
  const words = wordsOf(plain);
  if (namesThePlan(words, plan)) return 'must not be the name of the plan: only the plan can register it';
  const reserved = RESERVED.find((word) => isReserved(words, word));
  return reserved && `must not say '${reserved}': only the plan can register such a name`;
}
