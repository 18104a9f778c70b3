/** Characters that XHTML writes as entities, and an address as percent-encoded bytes. */
import { HTML_NAMES } from './html-names.ts';

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

/** An `&`, with the reference to a character that it begins, if it begins one. */
const AMPERSAND = /&(?:#(?:x([0-9a-f]+)|([0-9]+));?|([a-z][a-z0-9]*);)?/gi;
/** A number as XML writes it; browsers also take a capital `X`, and none of the semicolon. */
const IN_XML = /^&#(?:x[0-9a-fA-F]+|[0-9]+);$/;
const XML_NAMES = ['amp', 'lt', 'gt', 'quot', 'apos'];
/** Characters that XML 1.0 (section 2.2) does not have, however they are written. */
const NO_XML_CHARACTER = /[^\t\n\r -\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;
const REPLACEMENT = '\ufffd';

function numberedInXml(written: string, code: number): string {
  const isCharacter = code <= MAX_CODE_POINT && !NO_XML_CHARACTER.test(String.fromCodePoint(code));
  if (!isCharacter) return REPLACEMENT;
  return IN_XML.test(written) ? written : `&#${code};`;
}

/**
 * The text with references to characters as XML has them, because a narrative is XML: "there is no support for HTML entities
 * […]. Unicode characters SHALL be used instead" (http://hl7.org/fhir/R4/narrative.html#xhtml). An `&` that begins no
 * reference becomes `&amp;`. Text that is XML already stays as it is.
 */
export function inXml(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(AMPERSAND, (written: string, hex?: string, decimal?: string, name?: string) => {
    if (hex !== undefined) return numberedInXml(written, parseInt(hex, 16));
    if (decimal !== undefined) return numberedInXml(written, parseInt(decimal, 10));
    if (name !== undefined && XML_NAMES.includes(name)) return written;
    return HTML_NAMES.get(name ?? '') ?? `&amp;${written.slice(1)}`;
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
