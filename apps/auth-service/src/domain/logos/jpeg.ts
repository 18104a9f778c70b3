/**
 * Reads the segments of a JPEG, and writes those alone that the picture needs (ITU-T T.81 annex B). Places, words,
 * thumbnails and bytes behind the end are gone afterwards. The coded picture itself is not decoded.
 */
import { type Dimensions, LogoRefused } from './logo-refused.ts';

const START = 0xd8;
const END = 0xd9;
const SCAN = 0xda;
const ADOBE = 0xee;
const ADOBE_BYTES = 14;
const FIRST_FRAME_BYTES = 9;
const SCAN_BYTES = 8;
/** baseline, extended and progressive with Huffman coding: what every browser shows */
const FRAMES = [0xc0, 0xc1, 0xc2];
/** tables of Huffman codes and quantization, restart interval */
const TABLES = [0xc4, 0xdb, 0xdd];
const COMPONENTS = [1, 3];

const broken = () => new LogoRefused('is a damaged JPEG');

const isRestart = (code: number): boolean => code >= 0xd0 && code <= 0xd7;
/** APPn and comments */
const isWords = (code: number): boolean => (code >= 0xe0 && code <= 0xef) || code === 0xfe;

/** Says which colours the components are, so without it some pictures would have wrong ones. */
const isAdobe = (code: number, segment: Buffer): boolean =>
  code === ADOBE && segment.length === ADOBE_BYTES + 2 && segment.toString('latin1', 4, 9) === 'Adobe';

/** @param segment from its marker on */
function sizeIn(segment: Buffer): Dimensions {
  const [precision, components = 0] = [segment[4], segment[9]];
  const isKnown = segment.length > FIRST_FRAME_BYTES && precision === 8 && COMPONENTS.includes(components);
  if (!isKnown || segment.length !== FIRST_FRAME_BYTES + 1 + components * 3)
    throw new LogoRefused(
      'is a JPEG of a kind that browsers do not show: save it in RGB or in shades of grey',
    );
  return { height: segment.readUInt16BE(5), width: segment.readUInt16BE(7) };
}

/** @returns where the coded data of a scan ends: at the next marker that is no restart */
function endOfScan(file: Buffer, from: number): number {
  for (let at = file.indexOf(0xff, from); at !== -1; at = file.indexOf(0xff, at + 1)) {
    const code = file[at + 1] ?? 0xff;
    if (code !== 0 && code !== 0xff && !isRestart(code)) return at;
  }
  throw broken();
}

/** @returns the segment that begins at a marker */
function segmentAt(file: Buffer, at: number): Buffer {
  if (file[at] !== 0xff || at + 4 > file.length) throw broken();
  const end = at + 2 + file.readUInt16BE(at + 2);
  if (end < at + 4 || end > file.length) throw broken();
  return file.subarray(at, end);
}

export const isJpeg = (file: Buffer): boolean => file[0] === 0xff && file[1] === START && file[2] === 0xff;

/**
 * @param check looks at the size that the frame says
 * @throws LogoRefused
 */
export function cleanJpeg(file: Buffer, check: (size: Dimensions) => void): Buffer {
  const kept: Buffer[] = [file.subarray(0, 2)];
  let [at, frames, scans] = [2, 0, 0];
  while (file[at + 1] !== END) {
    const segment = segmentAt(file, at);
    const code = segment[1] ?? 0;
    at += segment.length;
    if (isWords(code) && !isAdobe(code, segment)) continue;
    kept.push(segment);
    if (FRAMES.includes(code)) {
      check(sizeIn(segment));
      frames += 1;
    } else if (code === SCAN) {
      if (frames !== 1 || segment.length < SCAN_BYTES) throw broken();
      const end = endOfScan(file, at);
      kept.push(file.subarray(at, end));
      [at, scans] = [end, scans + 1];
    } else if (!TABLES.includes(code) && code !== ADOBE) throw broken();
  }
  if (file[at] !== 0xff || frames !== 1 || scans === 0) throw broken();
  return Buffer.concat([...kept, Buffer.from([0xff, END])]);
}
