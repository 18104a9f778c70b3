/**
 * Reads one JSON object in chunks, and returns the text of each element of its top-level `entry` array. It keeps only
 * the current element and the nesting in memory, because a Bundle may be larger than memory. It knows just enough of
 * JSON (https://www.rfc-editor.org/rfc/rfc8259) to find the end of a value. The caller parses the elements, and so
 * validates them.
 */
import { Unreadable } from './bytes.ts';
import { Collector, type Piece } from './lines.ts';

/** The deepest nesting; no FHIR resource comes near it. */
const MAX_DEPTH = 1_000;
/** The longest top-level string that is kept, in bytes: only names, codes and times are needed. Each character may be escaped. */
const MAX_KEPT_BYTES = 6 * 64;
const LAST_CONTROL_CHARACTER = 0x1f;

/** The top-level strings that are kept, the time among them. */
const KEPT = ['resourceType', 'type', 'id'] as const;
const MADE = 'timestamp';
/** The string of `meta` that is kept. */
const CHANGED = 'lastUpdated';

const [QUOTE, BACKSLASH, COMMA, NEWLINE] = [0x22, 0x5c, 0x2c, 0x0a];
const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_ARRAY, CLOSE_ARRAY] = [0x7b, 0x7d, 0x5b, 0x5d];
/** With these begins a value that is neither a string nor null. */
const NO_TEXT = new Set(Buffer.from('{[-0123456789tf'));
const isSpace = (byte: number) => byte === 0x20 || byte === 0x09 || byte === 0x0d;

/** @param raw the bytes of a string, each as a character; with its escapes, which may be cut */
function decoded(raw: string): string {
  if (!raw.includes('\\')) return raw;
  try {
    return String(JSON.parse(`"${raw}"`));
  } catch {
    return raw;
  }
}

export class DocumentScanner {
  /** values of the top-level elements with these names, when they were read; a time that is no text is '' */
  resourceType: string | undefined;
  type: string | undefined;
  id: string | undefined;
  timestamp: string | undefined;
  /** `meta.lastUpdated` */
  lastUpdated: string | undefined;
  /** whether the object has ended */
  closed = false;
  /** whether something follows the object: then the text is a sequence of documents */
  followed = false;

  /** the line that was reached, from 1 */
  line = 1;
  private readonly closers: number[] = [];
  private inString = false;
  private escaped = false;
  private name = '';
  private text = '';
  private expectsName = false;
  private inEntries = false;
  private inMeta = false;
  /** offset of the current element in the current chunk; -1 outside elements */
  private from = -1;
  private startLine = 1;
  private readonly collector: Collector;

  constructor(limit: number) {
    this.collector = new Collector(limit);
  }

  /**
   * @returns the elements that end in this chunk
   * @throws Unreadable where the text cannot be JSON
   */
  *scan(chunk: Buffer): Generator<Piece> {
    for (let at = 0; at < chunk.length && !this.followed; at += 1) {
      const byte = chunk[at] as number;
      if (this.inString) this.inside(byte);
      else if (byte === NEWLINE) this.line += 1;
      else if (!isSpace(byte)) {
        const end = this.step(byte, at);
        if (end >= 0) yield this.element(chunk, end);
      }
    }
    if (this.from < 0) return;
    this.collector.add(chunk.subarray(this.from));
    this.from = 0;
  }

  /** @throws Unreadable when the text ended before the object did */
  end(): void {
    if (!this.closed) this.fail('the document ends in the middle');
  }

  /** @returns the end of the current element if it ends at this byte; otherwise -1 */
  private step(byte: number, at: number): number {
    const depth = this.closers.length;
    if (depth === 0) return this.outside(byte);
    if (byte === COMMA || byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) {
      const endsScalar = depth === 2 && this.from >= 0;
      if (byte === COMMA) this.expectsName = this.isKept();
      else this.close(byte);
      if (endsScalar) return at;
      return this.inEntries && this.from >= 0 && this.closers.length === 2 ? at + 1 : -1;
    }
    if (depth === 2 && this.inEntries && this.from < 0) {
      this.from = at;
      this.startLine = this.line;
    }
    if (byte === QUOTE) {
      this.inString = true;
      this.text = '';
      return -1;
    }
    if (this.isKept() && NO_TEXT.has(byte)) this.keepTime('');
    if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) this.open(byte);
    return -1;
  }

  private outside(byte: number): number {
    if (this.closed) this.followed = true;
    else if (byte === OPEN_OBJECT) this.open(byte);
    else this.fail('not a JSON object');
    return -1;
  }

  private inside(byte: number): void {
    if (byte === QUOTE && !this.escaped) {
      this.inString = false;
      if (this.isKept()) this.keep(decoded(this.text));
      return;
    }
    if (byte <= LAST_CONTROL_CHARACTER) this.fail('a string that does not end on its line');
    this.escaped = byte === BACKSLASH && !this.escaped;
    if (this.text.length < MAX_KEPT_BYTES && this.isKept()) this.text += String.fromCharCode(byte);
  }

  /** Is this where strings are kept: at the top level, or directly in `meta`? */
  private isKept(): boolean {
    return this.closers.length === 1 || (this.inMeta && this.closers.length === 2);
  }

  private keep(text: string): void {
    if (this.expectsName) this.name = text;
    else this.keepValue(text);
    this.expectsName = false;
  }

  /** @param value of the element that was named last */
  private keepValue(value: string): void {
    const known = this.closers.length === 1 ? KEPT.find((name) => name === this.name) : undefined;
    if (known) this[known] = value;
    else this.keepTime(value);
  }

  private keepTime(value: string): void {
    if (this.closers.length === 2) this.lastUpdated = this.name === CHANGED ? value : this.lastUpdated;
    else if (this.name === MADE) this.timestamp = value;
  }

  private open(byte: number): void {
    if (this.closers.length === MAX_DEPTH) this.fail('nested too deep');
    if (this.closers.length === 1) {
      this.inEntries = byte === OPEN_ARRAY && this.name === 'entry';
      this.inMeta = byte === OPEN_OBJECT && this.name === 'meta';
    }
    this.closers.push(byte === OPEN_OBJECT ? CLOSE_OBJECT : CLOSE_ARRAY);
    this.expectsName = this.isKept();
  }

  private close(byte: number): void {
    if (this.closers.pop() !== byte) this.fail('brackets that do not match');
    if (this.closers.length === 1) this.inEntries = this.inMeta = false;
    this.closed = this.closers.length === 0;
  }

  private element(chunk: Buffer, end: number): Piece {
    this.collector.add(chunk.subarray(this.from, end));
    this.from = -1;
    return { line: this.startLine, bytes: this.collector.take() };
  }

  private fail(what: string): never {
    throw new Unreadable(`bad JSON: ${what}`, this.line);
  }
}
