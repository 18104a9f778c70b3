/** Entities of XHTML in a narrative. */

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
