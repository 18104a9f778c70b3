/** Text by the line, in constant memory. */

/** A resource's JSON as it stands in a file, not parsed yet. */
export interface Piece {
  /** where it begins, from 1 */
  line: number;
  /** left out where it is longer than the limit */
  bytes?: Buffer;
}

const NEWLINE = 0x0a;

/** Collects what may come in many chunks, and lets go of it once there is too much. */
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

  /** @returns what was collected, or undefined if that was too much; empty again afterwards */
  take(): Buffer | undefined {
    const bytes = this.length > this.limit ? undefined : Buffer.concat(this.parts);
    this.parts = [];
    this.length = 0;
    return bytes;
  }
}

/** What JSON allows around a value. */
const BLANKS = [0x20, 0x09, 0x0d];
const isBlank = (bytes: Buffer | undefined) =>
  bytes !== undefined && bytes.every((byte) => BLANKS.includes(byte));

/** @returns the lines that are not blank; those of more than `limit` bytes without their text */
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
