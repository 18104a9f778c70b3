/** Reads text line by line, in constant memory. */

/** The JSON text of a resource in a file, not parsed yet. */
export interface Piece {
  /** number of the line where it begins, from 1 */
  line: number;
  /** undefined when the text is longer than the limit */
  bytes?: Buffer;
}

const NEWLINE = 0x0a;

/** Collects a text that comes in many chunks, and drops it when it becomes too long. */
export class Collector {
  private parts: Buffer[] = [];
  private length = 0;
  private readonly limit: number;

  constructor(limit: number) {
    this.limit = limit;
  }

  add(part: Buffer): void {
    this.length += part.length;
    if (this.length > this.limit) this.parts = [];
    else this.parts.push(part);
  }

  /** Takes the collected text out. @returns undefined when it was too long */
  take(): Buffer | undefined {
    const bytes = this.length > this.limit ? undefined : Buffer.concat(this.parts);
    this.parts = [];
    this.length = 0;
    return bytes;
  }
}

/** The blank characters that JSON allows around a value. */
const BLANKS = [0x20, 0x09, 0x0d];
const isBlank = (bytes: Buffer | undefined) =>
  bytes !== undefined && bytes.every((byte) => BLANKS.includes(byte));

/** @returns the lines that are not blank; a line of more than `limit` bytes comes without its text */
export async function* linesOf(chunks: AsyncIterable<Buffer>, limit: number): AsyncGenerator<Piece> {
  const collector = new Collector(limit);
  let line = 1;
  for await (const chunk of chunks) {
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
      collector.add(chunk.subarray(from, at));
      from = at + 1;
      const bytes = collector.take();
      if (!isBlank(bytes)) yield { line, bytes };
      line += 1;
    }
    collector.add(chunk.subarray(from));
  }
  const bytes = collector.take();
  if (!isBlank(bytes)) yield { line, bytes };
}
