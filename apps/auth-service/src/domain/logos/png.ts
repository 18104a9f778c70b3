/**
 * Reads a PNG down to its last pixel, and writes the picture alone (ISO/IEC 15948). What else a file may carry, such as
 * words, places, colour profiles, further frames, or bytes behind the end, is gone afterwards.
 */
import { crc32, deflateSync, inflateSync } from 'node:zlib';
import { type Dimensions, LogoRefused } from './logo-refused.ts';

const SIGNATURE = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
const HEADER_BYTES = 13;
/** length and type before the data of a chunk, its checksum behind */
const HEAD_BYTES = 8;
const AROUND_BYTES = HEAD_BYTES + 4;
const HIGHEST_FILTER = 4;

/** Samples of a pixel, and the depths that each may have, by colour type (table 11.1). */
const COLOUR_TYPES: Readonly<Record<number, { samples: number; depths: readonly number[] }>> = {
  0: { samples: 1, depths: [1, 2, 4, 8, 16] },
  2: { samples: 3, depths: [8, 16] },
  3: { samples: 1, depths: [1, 2, 4, 8] },
  4: { samples: 2, depths: [8, 16] },
  6: { samples: 4, depths: [8, 16] },
};

/** Chunks without which the pixels would look different, in the order in which they are written. */
const KEPT = ['sRGB', 'gAMA', 'PLTE', 'tRNS'];

const broken = () => new LogoRefused('is a damaged PNG');

/** A capital letter begins the name of what no reader may ignore (clause 5.4). */
const isCritical = (type: string): boolean => /^[A-Z]/.test(type);

/** @returns the data of all chunks, by type; those of the pixels are joined */
function chunksOf(file: Buffer): Map<string, Buffer> {
  const chunks = new Map<string, Buffer>();
  let at = SIGNATURE.length;
  while (!chunks.has('IEND')) {
    if (at + AROUND_BYTES > file.length) throw broken();
    const [length, type] = [file.readUInt32BE(at), file.toString('latin1', at + 4, at + HEAD_BYTES)];
    const end = at + HEAD_BYTES + length;
    if (end + 4 > file.length || crc32(file.subarray(at + 4, end)) !== file.readUInt32BE(end)) throw broken();
    if (isCritical(type) && !['IHDR', 'PLTE', 'IDAT', 'IEND'].includes(type)) throw broken();
    const data = file.subarray(at + HEAD_BYTES, end);
    const before = chunks.get(type);
    if (before && type !== 'IDAT' && isCritical(type)) throw broken();
    chunks.set(type, before && type === 'IDAT' ? Buffer.concat([before, data]) : data);
    at = end + 4;
  }
  return chunks;
}

/** @returns how many bytes each row has, with its filter */
function rowBytes(header: Buffer, { width }: Dimensions): number {
  const [depth = 0, colour = -1, compression, filter, interlace] = header.subarray(HEAD_BYTES);
  const { samples, depths } = COLOUR_TYPES[colour] ?? { samples: 0, depths: [] };
  if (!depths.includes(depth) || compression !== 0 || filter !== 0) throw broken();
  if (interlace !== 0) throw new LogoRefused('is an interlaced PNG: save it without interlacing');
  return 1 + Math.ceil((width * samples * depth) / 8);
}

/** Never inflates more than the header says. */
function pixelsIn(chunks: ReadonlyMap<string, Buffer>, { size, row }: { size: number; row: number }): Buffer {
  try {
    const pixels = inflateSync(chunks.get('IDAT') ?? Buffer.alloc(0), { maxOutputLength: size });
    for (let at = 0; at < size; at += row) if ((pixels[at] ?? 255) > HIGHEST_FILTER) throw broken();
    if (pixels.length === size) return pixels;
  } catch {
    // said below
  }
  throw broken();
}

function chunk(type: string, data: Buffer): Buffer {
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  const named = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, sum]);
}

export const isPng = (file: Buffer): boolean => file.subarray(0, SIGNATURE.length).equals(SIGNATURE);

/**
 * @param check looks at the size that the header says, before anything is unpacked
 * @throws LogoRefused
 */
export function cleanPng(file: Buffer, check: (size: Dimensions) => void): Buffer {
  const chunks = chunksOf(file);
  const header = chunks.get('IHDR');
  if (header?.length !== HEADER_BYTES) throw broken();
  const size = { width: header.readUInt32BE(0), height: header.readUInt32BE(4) };
  check(size);
  const row = rowBytes(header, size);
  const isIndexed = header[9] === 3;
  const colours = chunks.get('PLTE')?.length ?? 0;
  if (isIndexed ? colours === 0 || colours % 3 !== 0 || colours > 768 : colours > 768) throw broken();
  const pixels = pixelsIn(chunks, { size: row * size.height, row });
  const kept = KEPT.flatMap((type) => (chunks.has(type) ? [chunk(type, chunks.get(type) as Buffer)] : []));
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    ...kept,
    chunk('IDAT', deflateSync(pixels, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}
