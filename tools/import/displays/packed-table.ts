import { brotliDecompressSync } from 'node:zlib';

const [TAB, LINE] = [0x09, 0x0a];

/**
 * A table of displays in one piece of memory: lines of `code<TAB>display` in the order of their bytes. A hundred
 * thousand lines are read in some milliseconds, because no line becomes an object before somebody asks for it.
 */
export class PackedTable {
  private readonly lines: Buffer;

  /** @param packed as `pack` makes it */
  constructor(packed: Buffer) {
    this.lines = brotliDecompressSync(packed);
  }

  find(code: string): string | undefined {
    const wanted = Buffer.from(`${code}\t`);
    let [low, high] = [0, this.lines.length];
    while (low < high) {
      const start = this.startOfLine((low + high) >>> 1);
      const end = this.endOfLine(start);
      const key = this.lines.subarray(start, Math.min(start + wanted.length, end));
      const order = wanted.compare(key);
      if (order === 0) return this.lines.toString('utf8', start + wanted.length, end);
      if (order < 0) high = start;
      else low = end + 1;
    }
    return undefined;
  }

  *codes(): Generator<string> {
    for (let start = 0; start < this.lines.length; start = this.endOfLine(start) + 1)
      yield this.lines.toString('utf8', start, this.lines.indexOf(TAB, start));
  }

  private startOfLine(at: number): number {
    return at === 0 ? 0 : this.lines.lastIndexOf(LINE, at - 1) + 1;
  }

  private endOfLine(start: number): number {
    const end = this.lines.indexOf(LINE, start);
    return end < 0 ? this.lines.length : end;
  }
}
