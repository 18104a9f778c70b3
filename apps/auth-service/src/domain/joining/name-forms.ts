/**
 * Which texts are the same name. A name proves little, because the code goes to an address of the plan: so people are not
 * sent away for an accent, a hyphen, one of two surnames, or a "Jr.".
 */

/** Letters that Unicode does not decompose (NFKD). */
const LETTERS: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  ł: 'l',
  þ: 'th',
  ı: 'i',
};
const SUFFIXES = new Set(['jr', 'sr', 'ii', 'iii', 'iv', 'v', 'md', 'phd', 'esq', 'junior', 'senior']);
/** They stand before a surname, and are none. */
const PARTICLES = new Set(
  'al bin da das de del den der di do dos du el ibn la las le los mc o saint san st van von y e'.split(' '),
);
/** Signs within a word: O'Brien, Jean‑Luc's. */
const WITHIN_WORD = /['’‘`´.]/gu;
const MOST_WORDS = 8;

function wordsOf(name: string): string[] {
  const plain = name
    .toLowerCase()
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replace(/[ßæœøđðłþı]/gu, (letter) => LETTERS[letter] ?? letter)
    .replace(WITHIN_WORD, '');
  return plain
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean)
    .slice(0, MOST_WORDS);
}

const withoutSuffixes = (words: string[]): string[] => {
  const kept = words.filter((word) => !SUFFIXES.has(word));
  return kept.length > 0 ? kept : words;
};

/** @returns the whole surname, and its first and its last part */
function familyForms(name: string): string[] {
  const words = withoutSuffixes(wordsOf(name));
  const names = words.filter((word) => !PARTICLES.has(word));
  return [...new Set([words.join(''), names[0] ?? '', names.at(-1) ?? ''])].filter(Boolean);
}

export interface PersonName {
  given: string;
  family: string;
}

/**
 * @returns the forms of a name. Two names are the same if they have a form in common; of given names the first one counts.
 *   None for a name without a letter.
 */
export function nameForms({ given, family }: PersonName): string[] {
  const first = withoutSuffixes(wordsOf(given))[0] ?? '';
  return familyForms(family).map((form) => `${first} ${form}`);
}
