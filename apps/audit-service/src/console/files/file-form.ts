/**
 * In which form the bytes of a file travel. A file may be made for minutes before its next piece is there, and whoever is in
 * between takes a long silence for a dead service. gzip (RFC 1952) has room for blocks that hold nothing: they show that
 * somebody is at work, and the file stays the same.
 */
import { promisify } from 'node:util';
import { constants, crc32, deflateRaw } from 'node:zlib';

const inAnotherThread = promisify(deflateRaw);
const GZIP_HEAD = Buffer.from('1f8b0800000000000003', 'hex');
/** A stored block of no bytes (RFC 1951 section 3.2.4), behind one that ends with a whole byte. */
const EMPTY_BLOCK = Buffer.from('000000ffff', 'hex');
const LAST_BLOCK = Buffer.from('0300', 'hex');
const TRAILER_BYTES = 8;
const MODULUS = 2 ** 32;

export interface BodyForm {
  headers: Record<string, string>;
  /** what stands before everything else */
  head: Buffer;
  of(bytes: Buffer): Promise<Buffer>;
  /** what changes nothing, wherever it stands between two pieces; undefined: there is no such thing */
  nothing: Buffer | undefined;
  /** what stands behind everything else */
  end(): Buffer;
}

/** The bytes as they are. @param nothing what the content itself takes no notice of */
export const asItIs = (nothing?: string): BodyForm => ({
  headers: {},
  head: Buffer.alloc(0),
  of: (bytes) => Promise.resolve(bytes),
  nothing: nothing === undefined ? undefined : Buffer.from(nothing),
  end: () => Buffer.alloc(0),
});

/** One gzip member, whose pieces end with a whole byte each. */
export function asGzip(): BodyForm {
  let [sum, length] = [0, 0];
  return {
    headers: { 'content-encoding': 'gzip' },
    head: GZIP_HEAD,
    async of(bytes) {
      sum = crc32(bytes, sum);
      length = (length + bytes.length) % MODULUS;
      return inAnotherThread(bytes, { level: constants.Z_BEST_SPEED, finishFlush: constants.Z_SYNC_FLUSH });
    },
    nothing: EMPTY_BLOCK,
    end() {
      const trailer = Buffer.alloc(TRAILER_BYTES);
      trailer.writeUInt32LE(sum, 0);
      trailer.writeUInt32LE(length, TRAILER_BYTES / 2);
      return Buffer.concat([LAST_BLOCK, trailer]);
    },
  };
}
