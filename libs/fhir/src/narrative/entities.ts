/** Characters that XHTML writes as entities, and an address as percent-encoded bytes. */

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  colon: ':',
};
const ENTITY = /&(?:#x([0-9a-f]{1,6});?|#([0-9]{1,7});?|([a-z]{2,5});)/gi;
const MAX_CODE_POINT = 0x10ffff;

/** The text as a reader would see it. An unknown entity stays with its `&`, and no link may begin with that. */
export function decoded(value: string): string {
  return value.replace(ENTITY, (all, hex?: string, decimal?: string, name?: string) => {
    if (name !== undefined) return ENTITIES[name.toLowerCase()] ?? all;
    const code = hex !== undefined ? parseInt(hex, 16) : parseInt(decimal ?? '', 10);
    return code <= MAX_CODE_POINT ? String.fromCodePoint(code) : all;
  });
}

/** A printable character of ASCII. An address in an address in an address has `%252F` for its slash. */
const ENCODED = /%(?:25)*([2-7][0-9a-f])/gi;

/** The address as it would be without percent-encoding (RFC 3986, section 2.1), however often it was encoded. */
const unencoded = (address: string): string =>
  address.replace(ENCODED, (_all, hex: string) => String.fromCharCode(parseInt(hex, 16)));

/** @returns the text as it is written, and as it is once its entities and what is percent-encoded are read */
export function readingsOf(text: string): readonly string[] {
  if (!text.includes('&#') && !text.includes('%')) return [text];
  const read = decoded(text);
  return [...new Set([text, read, unencoded(read)])];
}
