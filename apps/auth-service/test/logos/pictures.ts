/** Small pictures, good and bad. */
import { crc32, deflateSync } from 'node:zlib';

const SIGNATURE = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');

export function chunk(type: string, data: Buffer | string): Buffer {
  const named = Buffer.concat([Buffer.from(type), Buffer.from(data)]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(named.length - 4);
  sum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, sum]);
}

interface PngOptions {
  width?: number;
  height?: number;
  interlace?: number;
  colour?: number;
  /** of the one colour that the picture has */
  shade?: number;
  /** bytes of the unpacked picture, where they are not as many as the header says */
  pixels?: number;
  before?: Buffer[];
  behind?: Buffer;
}

/** Shades of grey, eight bits each. */
export function png(options: PngOptions = {}): Buffer {
  const { width = 48, height = 48, interlace = 0, colour = 0, shade = 90, before = [], behind } = options;
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, colour, 0, 0, interlace], 8);
  const row = Buffer.concat([Buffer.alloc(1), Buffer.alloc(width, shade)]);
  const pixels =
    options.pixels === undefined
      ? Buffer.concat(Array<Buffer>(height).fill(row))
      : Buffer.alloc(options.pixels);
  const chunks = [chunk('IHDR', header), ...before, chunk('IDAT', deflateSync(pixels)), chunk('IEND', '')];
  return Buffer.concat([SIGNATURE, ...chunks, behind ?? Buffer.alloc(0)]);
}

/** 32 by 32 pixels of one colour, as Chromium writes it. */
const JPEG = [
  '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAFA3PEY8MlBGQUZaVVBfeMiCeG5uePWvuZHI////////////////////////////////',
  '////////////////////2wBDAVVaWnhpeOuCguv/////////////////////////////////////////////////////////////',
  '////////////wAARCAAgACADASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAP/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/8QA',
  'FgEBAQEAAAAAAAAAAAAAAAAAAAID/8QAFBEBAAAAAAAAAAAAAAAAAAAAAP/aAAwDAQACEQMRAD8AmApiAAAAAAA//9k=',
].join('');

const jpegBytes = () => Buffer.from(JPEG, 'base64');

const segment = (code: number, data: string): Buffer =>
  Buffer.concat([Buffer.from([0xff, code, 0, data.length + 2]), Buffer.from(data, 'latin1')]);

/** @param words that stand in a comment and behind the end */
export function jpeg(words = ''): Buffer {
  const bytes = jpegBytes();
  const said = words === '' ? [] : [segment(0xfe, words), segment(0xe1, `Exif\0\0${words}`)];
  return Buffer.concat([bytes.subarray(0, 2), ...said, bytes.subarray(2), Buffer.from(words)]);
}

const cut = (file: Buffer, bytes: number): Buffer => file.subarray(0, file.length - bytes);

function spoilt(file: Buffer, at: number): Buffer {
  const copy = Buffer.from(file);
  copy[at] = (copy[at] ?? 0) ^ 0xff;
  return copy;
}

/** Four components, as for print. */
function printed(): Buffer {
  const bytes = jpegBytes();
  const at = bytes.indexOf(Buffer.from([0xff, 0xc0]));
  bytes[at + 9] = 4;
  return bytes;
}

/** What is refused, and a part of the sentence that says why. */
export const REFUSED: readonly [what: string, file: Buffer, words: string][] = [
  ['SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'), 'SVG'],
  ['HTML', Buffer.from('<!doctype html><script>alert(1)</script>'), 'PNG or a JPEG'],
  ['GIF', Buffer.from('GIF89a\x01\0\x01\0;', 'latin1'), 'PNG or a JPEG'],
  [
    'the first bytes of a PNG and a script',
    Buffer.concat([SIGNATURE, Buffer.from('<script>')]),
    'damaged PNG',
  ],
  ['a PNG that was cut off', cut(png(), 20), 'damaged PNG'],
  ['a PNG with a wrong checksum', spoilt(png(), 30), 'damaged PNG'],
  ['a PNG with colours of no kind', png({ colour: 5 }), 'damaged PNG'],
  ['a PNG of colours without their table', png({ colour: 3 }), 'damaged PNG'],
  ['a PNG with a chunk that nobody knows', png({ before: [chunk('SCRP', 'x')] }), 'damaged PNG'],
  ['a PNG with fewer rows than it says', png({ pixels: 100 }), 'damaged PNG'],
  ['a PNG that unpacks to 50 MB', png({ pixels: 50_000_000 }), 'damaged PNG'],
  ['an interlaced PNG', png({ interlace: 1 }), 'interlaced'],
  ['a PNG that is too wide', png({ width: 1025 }), '1025 by 48 pixels'],
  ['a PNG of a billion pixels', png({ width: 40_000, height: 40_000, pixels: 9 }), '40000 by 40000 pixels'],
  ['a PNG that is too small', png({ width: 31 }), '31 by 48 pixels'],
  ['a file of 300 kB', png({ before: [chunk('tEXt', 'x'.repeat(300_000))] }), 'at most 200 kB'],
  ['a JPEG that was cut off', cut(jpeg(), 2), 'damaged JPEG'],
  ['a JPEG without a picture', Buffer.from([0xff, 0xd8, 0xff, 0xd9]), 'damaged JPEG'],
  ['a JPEG for print', printed(), 'that browsers do not show'],
];
