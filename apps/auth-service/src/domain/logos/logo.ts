/** Reads a picture that a developer sent. What it is, its first bytes say: never its name, nor what the browser calls it. */
import { createHash } from 'node:crypto';
import { cleanJpeg, isJpeg } from './jpeg.ts';
import { type Dimensions, LogoRefused } from './logo-refused.ts';
import { cleanPng, isPng } from './png.ts';

const MAX_BYTES = 200_000;
const LEAST_PIXELS = 32;
const MOST_PIXELS = 1_024;

type LogoType = 'image/png' | 'image/jpeg';

export interface Logo {
  type: LogoType;
  /** the picture alone, written by us */
  bytes: Buffer;
  /** SHA-256 of the bytes, hex: its name everywhere */
  digest: string;
}

/** How a developer reads what is taken. */
export const LOGO_RULES = `PNG or JPEG, ${LEAST_PIXELS} to ${MOST_PIXELS} pixels wide and high, at most ${MAX_BYTES / 1_000} kB.`;

const DIGEST = /^[0-9a-f]{64}$/;

export const isLogoDigest = (text: unknown): text is string => typeof text === 'string' && DIGEST.test(text);

function checkSize({ width, height }: Dimensions): void {
  const sides = [width, height];
  if (sides.some((side) => side < LEAST_PIXELS || side > MOST_PIXELS))
    throw new LogoRefused(
      `has ${width} by ${height} pixels: it must have ${LEAST_PIXELS} to ${MOST_PIXELS} each way`,
    );
}

function clean(file: Buffer): Pick<Logo, 'type' | 'bytes'> {
  if (isPng(file)) return { type: 'image/png', bytes: cleanPng(file, checkSize) };
  if (isJpeg(file)) return { type: 'image/jpeg', bytes: cleanJpeg(file, checkSize) };
  throw new LogoRefused('must be a PNG or a JPEG: SVG and other kinds are not shown');
}

/** @throws LogoRefused */
export function readLogo(file: Buffer): Logo {
  const tooLarge = () => new LogoRefused(`must have at most ${MAX_BYTES / 1_000} kB`);
  if (file.length > MAX_BYTES) throw tooLarge();
  const { type, bytes } = clean(file);
  if (bytes.length > MAX_BYTES) throw tooLarge();
  return { type, bytes, digest: createHash('sha256').update(bytes).digest('hex') };
}
