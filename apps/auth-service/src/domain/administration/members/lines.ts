/** The lines of a file of any size, in constant memory. */

const NEWLINE = 0x0a;

export interface NumberedLine {
  /** from 1 on */
  number: number;
  /** undefined when the line is longer than allowed, or not UTF-8 */
  text?: string;
}

function decoded(bytes: Buffer, tooLong: boolean): string | undefined {
  if (tooLong) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** @param maxBytes of a longer line nothing is kept */
export async function* numberedLines(
  chunks: AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<NumberedLine> {
  let begun: Buffer[] = [];
  let bytes = 0;
  let number = 0;
  const add = (part: Buffer): void => {
    bytes += part.length;
    if (bytes <= maxBytes) begun.push(part);
    else begun = [];
  };
  const take = (): NumberedLine => {
    const text = decoded(Buffer.concat(begun), bytes > maxBytes);
    begun = [];
    bytes = 0;
    return { number: (number += 1), text };
  };
  for await (const chunk of chunks) {
    const buffer = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let from = 0;
    for (let to = buffer.indexOf(NEWLINE); to !== -1; to = buffer.indexOf(NEWLINE, from)) {
      add(buffer.subarray(from, to));
      yield take();
      from = to + 1;
    }
    // A copy: the stream may use the chunk's memory again.
    if (from < buffer.length) add(Buffer.from(buffer.subarray(from)));
  }
  if (bytes > 0) yield take();
}
