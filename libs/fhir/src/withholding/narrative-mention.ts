/** Whether a narrative tells of what is left out of its resource. It says in words what the elements say. */
import { decoded } from '../narrative/entities.ts';

/** A shorter display, as `1`, may stand anywhere. */
const LEAST_CHARACTERS = 3;

/** An entity that XML does not have, as `&nbsp;`: it may stand for a part of a name. */
const UNREAD = /&[a-z][a-z0-9]*;/;

const plain = (text: string): string => text.toLowerCase().replace(/\s+/g, ' ').trim();

const wordsOf = (div: string): string => plain(decoded(div.replace(/<[^>]*>/g, ' ')));

/** A key as an address or as text, and as the file of HL7's publisher: `Practitioner-7.html`. */
const addressOf = (key: string): RegExp =>
  new RegExp(`${key.replaceAll('.', '\\.').replace('/', '[/-]')}(?![A-Za-z0-9])`);

/**
 * @param div of the narrative, XHTML
 * @param keys `Type/id` of what is left out
 * @param displays what stood beside the references to it
 */
export function mentions(div: string, keys: ReadonlySet<string>, displays: readonly string[]): boolean {
  const words = wordsOf(div);
  const named = displays.map(plain).filter((display) => display.length >= LEAST_CHARACTERS);
  if (named.length > 0 && UNREAD.test(words)) return true;
  const text = decoded(div);
  return (
    [...keys].some((key) => addressOf(key).test(text)) || named.some((display) => words.includes(display))
  );
}
