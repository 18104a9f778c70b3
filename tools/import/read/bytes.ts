/** Reads the bytes of a file: unzipped if the content is zipped, and without a byte order mark. */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';

const CHUNK_BYTES = 256 * 1024;
const GZIP_MAGIC = Buffer.from([0x1f, 0x8b]);
const NAMED_GZIP = /\.gz$/i;
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/** A file, or the rest of a file, cannot be read. The message states the reason and quotes nothing of the file. */
export class Unreadable extends Error {
  override name = 'Unreadable';
  readonly line: number;

  constructor(message: string, line = 1) {
    super(message);
    this.line = line;
  }
}

async function isGzip(path: string): Promise<boolean> {
  await using file = await open(path, 'r');
  const { buffer, bytesRead } = await file.read(Buffer.alloc(GZIP_MAGIC.length), 0, GZIP_MAGIC.length, 0);
  // What was zipped is never without a byte, even if it was empty: a full disk leaves such a file.
  if (bytesRead === 0 && NAMED_GZIP.test(path)) throw new Unreadable('damaged gzip');
  return bytesRead === GZIP_MAGIC.length && buffer.equals(GZIP_MAGIC);
}

/** Removes the byte order mark, also when it is split over chunks. */
export async function* withoutMark(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let head: Buffer | undefined = Buffer.alloc(0);
  for await (const chunk of chunks) {
    if (head === undefined) {
      yield chunk;
      continue;
    }
    head = Buffer.concat([head, chunk]);
    if (head.length < BYTE_ORDER_MARK.length) continue;
    yield head.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK)
      ? head.subarray(BYTE_ORDER_MARK.length)
      : head;
    head = undefined;
  }
  if (head?.length) yield head;
}

async function* counted(
  chunks: AsyncIterable<Buffer>,
  onRead: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    onRead(chunk.length);
    yield chunk;
  }
}

/**
 * @param onRead called with the number of bytes read from the disk, which are zipped bytes for a zipped file
 * @throws Unreadable when the disk fails or the zip is damaged
 */
export async function* bytesOf(path: string, onRead: (bytes: number) => void): AsyncGenerator<Buffer> {
  try {
    const zipped = await isGzip(path);
    const raw = createReadStream(path, { highWaterMark: CHUNK_BYTES });
    const read = counted(raw, onRead);
    // Reading the last stream already throws a failure. The callback prevents a second, unhandled one.
    const plain = zipped ? pipeline(read, createGunzip({ chunkSize: CHUNK_BYTES }), () => undefined) : read;
    yield* withoutMark(plain);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new Unreadable(code.startsWith('Z_') ? 'damaged gzip' : `cannot be read (${code})`);
  }
}
