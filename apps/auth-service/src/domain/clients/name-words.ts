/** The words of a name as the eye reads them (UTS 39, skeletons). */

/** Characters that look like a Latin letter, each followed by that letter. */
const LOOKALIKES = new Map(
  (
    'аa бb вb гr еe ёe зe иu іi їi јj кk лn мm нh оo пn рp сc тt уy хx ѕs һh ԁd ԛq ԝw ѵv ' +
    'αa βb γy δd εe ηn ιi κk λa μm νv οo ρp σo ςc τt υu χx ωw ' +
    'ıi ɪi ɩi ɑa ᴀa ʙb ᴄc ᴅd ᴇe ꜰf ɡg ɢg ʜh ᴊj ᴋk ʟi ᴍm ɴn ᴏo ᴘp ʀr ꜱs ᴛt ᴜu ᴠv ᴡw ʏy ᴢz øo łi đd ' +
    'օo ոn սu հh յj ցg ԍg ' +
    '0o 1i li |i !i 3e 4a @a 5s $s 7t 8b 9g €e'
  )
    .split(' ')
    .map((pair) => [...pair] as [string, string]),
);

/** A text as the eye reads it: no accents, no case, and the Latin letter for each look-alike. */
export function skeleton(text: string): string {
  const letters = text.replaceAll('&', ' and ').normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  const seen = [...letters].map((letter) => LOOKALIKES.get(letter) ?? letter).join('');
  return seen.replaceAll('rn', 'm').replaceAll('vv', 'w');
}

/** The words of a skeleton. Letters that stand alone, as in `C.M.S.`, make one word. */
export function nameWords(text: string): string[] {
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

/** `MyCMS` and `SecurityAlert` are two words to the eye. @returns the parts, as they are written */
export function partsOf(text: string): string[] {
  return text
    .replace(/(\p{Ll})(?=\p{Lu})/gu, '$1 ')
    .replace(/(\p{Lu})(?=\p{Lu}\p{Ll})/gu, '$1 ')
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean);
}
