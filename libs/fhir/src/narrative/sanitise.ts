/**
 * Removes everything from a narrative that is not formatted text (security case F36), and keeps the rest unchanged, but
 * for characters that are not written as XML has them. The text is read as an XML parser would read it and as a browser
 * would. Anything that the two could read differently is removed: comments, sections, attributes without quotes, names
 * with a prefix, and a `<` that begins nothing.
 */
import { ELEMENTS, isAllowed, VOID, WITH_CONTENT, WITHOUT_CONTENT } from './allowed.ts';
import { decoded, inXml } from './entities.ts';

const ROOT = '<div xmlns="http://www.w3.org/1999/xhtml">';

/** Deeper than any real narrative. */
const MAX_DEPTH = 100;

const TAG_NAME = /[A-Za-z][^\s/>]*/y;
/**
 * An attribute, as XML writes it or in another form that browsers accept. No two parts of the pattern match the same
 * text.
 */
const ATTRIBUTE = /[\s/]*([^\s/>="'<]+|["'<])(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?/y;
const TAG_END = /[\s/]*>/y;

interface Attribute {
  name: string;
  value: string;
  /** as it was written, if that is valid XML, with its characters as XML has them */
  raw?: string;
}

interface Tag {
  name: string;
  closes: boolean;
  closed: boolean;
  attributes: Attribute[];
  /** index at which the text after the tag continues */
  end: number;
}

function attributeOf(found: RegExpExecArray): Attribute {
  const [text, name = '', double, single, bare] = found;
  const value = double ?? single ?? bare;
  const quoted = double ?? single;
  const isXml = quoted !== undefined && !/[<`]/.test(quoted) && /^\s+[^\s/=]+\s*=/.test(text);
  return { name, value: value ?? '', ...(isXml && { raw: inXml(text) }) };
}

/** @param at index of its `<` @returns undefined when no tag begins there, or it does not end */
function tagAt(text: string, at: number): Tag | undefined {
  const closes = text[at + 1] === '/';
  TAG_NAME.lastIndex = at + (closes ? 2 : 1);
  const name = TAG_NAME.exec(text)?.[0];
  if (name === undefined) return undefined;
  const attributes: Attribute[] = [];
  for (let from = TAG_NAME.lastIndex; ;) {
    TAG_END.lastIndex = from;
    const end = TAG_END.exec(text);
    if (end) return { name, closes, closed: end[0].includes('/'), attributes, end: TAG_END.lastIndex };
    ATTRIBUTE.lastIndex = from;
    const attribute = ATTRIBUTE.exec(text);
    if (!attribute) return undefined;
    attributes.push(attributeOf(attribute));
    from = ATTRIBUTE.lastIndex;
  }
}

/** Comments, sections, declarations and instructions. */
const NO_TEXT = [
  ['<!--', '-->'],
  ['<![CDATA[', ']]>'],
  ['<!', '>'],
  ['<?', '>'],
] as const;

function behindNext(end: string, text: string, from: number): number {
  const at = text.indexOf(end, from);
  return at < 0 ? text.length : at + end.length;
}

class Sanitiser {
  private out = '';
  private readonly open: string[] = [];
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  run(): string {
    let at = 0;
    while (at < this.text.length) {
      const next = this.text.indexOf('<', at);
      this.words(this.text.slice(at, next < 0 ? undefined : next));
      if (next < 0) break;
      at = this.markup(next);
    }
    while (this.open.length > 0) this.out += `</${this.open.pop()}>`;
    return this.out;
  }

  /** Adds text. It stands inside an element, or is white space around the root. */
  private words(text: string): void {
    if (this.open.length > 0 || text.trim() === '') this.out += inXml(text);
    else this.inRoot(inXml(text));
  }

  private inRoot(text: string): void {
    this.out += ROOT + text;
    this.open.push('div');
  }

  /** @returns the index at which to continue */
  private markup(at: number): number {
    for (const [begin, end] of NO_TEXT)
      if (this.text.startsWith(begin, at)) return behindNext(end, this.text, at + begin.length);
    const tag = tagAt(this.text, at);
    if (!tag) {
      const [, next = ''] = this.text.slice(at, at + 2);
      if (next === '/') return behindNext('>', this.text, at);
      // Something that looks like the beginning of a tag and has no end is removed to the end. A single `<` is text.
      if (/[A-Za-z]/.test(next)) return this.text.length;
      this.words('&lt;');
      return at + 1;
    }
    const name = tag.name.toLowerCase();
    if (tag.closes) this.close(name, tag, at);
    else if (ELEMENTS.has(name)) this.begin(name, tag, at);
    else if (isWithContent(name)) return this.behind(name, tag);
    return tag.end;
  }

  private begin(name: string, tag: Tag, at: number): void {
    if (this.open.length === 0 && name !== 'div') this.inRoot('');
    if (this.open.length >= MAX_DEPTH && !VOID.has(name)) return;
    const { text, ends } = this.opening(name, tag, at);
    this.out += text;
    if (!ends) this.open.push(name);
  }

  private opening(name: string, tag: Tag, at: number): { text: string; ends: boolean } {
    const seen = new Set<string>();
    const kept = tag.attributes.filter(({ name: attribute, value, raw }) => {
      const isNew = !seen.has(attribute) && seen.add(attribute);
      return isNew && raw !== undefined && isAllowed(name, attribute, decoded(value));
    });
    const isRoot = this.open.length === 0;
    const ends = tag.closed || VOID.has(name);
    const isSame = kept.length === tag.attributes.length && tag.name === name;
    const lacksNamespace = isRoot && !kept.some(({ name: attribute }) => attribute === 'xmlns');
    if (isSame && !lacksNamespace) return { text: inXml(this.text.slice(at, tag.end)), ends };
    const head = lacksNamespace ? ROOT.slice(0, -1) : `<${name}`;
    const attributes = kept.map(({ raw }) => raw).join('');
    return { text: `${head}${attributes}${ends ? '/>' : '>'}`, ends };
  }

  private close(name: string, tag: Tag, from: number): void {
    const at = this.open.lastIndexOf(name);
    // The end tag of the root has to be the end of the text.
    if (at < 0 || (at === 0 && this.text.slice(tag.end).trim() !== '')) return;
    while (this.open.length > at + 1) this.out += `</${this.open.pop()}>`;
    this.open.pop();
    const isSame = tag.name === name && tag.attributes.length === 0 && !tag.closed;
    this.out += isSame ? this.text.slice(from, tag.end) : `</${name}>`;
  }

  /**
   * The index behind an element that is removed with its content; the end of the text if the element does not end.
   */
  private behind(name: string, tag: Tag): number {
    if (tag.closed || WITHOUT_CONTENT.has(name)) return tag.end;
    const local = name.slice(name.indexOf(':') + 1);
    const end = new RegExp(`</(?:[\\w.-]+:)?${local}`, 'gi');
    end.lastIndex = tag.end;
    return end.exec(this.text) ? behindNext('>', this.text, end.lastIndex) : this.text.length;
  }
}

/** A prefix changes nothing: `svg:script` is a script as well. */
const isWithContent = (name: string) => WITH_CONTENT.has(name.slice(name.indexOf(':') + 1));

const HAS_CONTENT = /<img\s|(?:^|>)[^<]*[^<\s]/;

/**
 * @returns the narrative without what it must not contain; the same text when nothing has to be removed; undefined
 * when nothing readable is left
 */
export function sanitisedDiv(div: string): string | undefined {
  const clean = new Sanitiser(div).run();
  return HAS_CONTENT.test(clean) ? clean : undefined;
}
