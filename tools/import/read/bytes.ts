/** A file's bytes as its content tells them: unzipped if it is zipped, without byte order mark. */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';

const CHUNK_BYTES = 256 * 1024;
const GZIP_MAGIC = Buffer.from([0x1f, 0x8b]);
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/** A file, or the rest of one, that cannot be read; the message says why and quotes nothing of it. */
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
  return bytesRead === GZIP_MAGIC.length && buffer.equals(GZIP_MAGIC);
}

/** Takes the byte order mark off, wherever the chunks happen to be cut. */
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
 * @param onRead is told the bytes taken from the disk, so zipped ones of a zipped file
 * @throws Unreadable when the disk or the zip gives out
 */
export async function* bytesOf(path: string, onRead: (bytes: number) => void): AsyncGenerator<Buffer> {
  try {
    const zipped = await isGzip(path);
    const raw = createReadStream(path, { highWaterMark: CHUNK_BYTES });
    const read = counted(raw, onRead);
    // The callback only keeps a failure from being thrown twice: reading the last stream throws it.
    const plain = zipped ? pipeline(read, createGunzip({ chunkSize: CHUNK_BYTES }), () => undefined) : read;
    yield* withoutMark(plain);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new Unreadable(code.startsWith('Z_') ? 'damaged gzip' : `cannot be read (${code})`);
  }
}
