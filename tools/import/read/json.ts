import { parseResource } from '@patient-access/fhir';
import type { Piece } from './lines.ts';

/** A single resource larger than this is refused rather than held in memory. */
export const MAX_RESOURCE_BYTES = 32 * 1024 * 1024;

/** FHIR nests contents within contents (Questionnaire, Composition), but not like this. */
export const MAX_DEPTH = 100;

export type Parsed = { value: unknown; size: number } | { reject: string; line: number };

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Node's messages quote the text around the mistake, which may be a member's data: only the place is taken. */
function badJson(error: Error, line: number): Parsed {
  const place = /\(line (\d+) column (\d+)\)/.exec(error.message);
  if (!place) return { reject: 'bad JSON', line };
  return { reject: `bad JSON at column ${place[2]}`, line: line + Number(place[1]) - 1 };
}

/** Parses a piece of text, keeping decimals as they are written; says what is wrong with it otherwise. */
export function parsePiece({ bytes, line }: Piece): Parsed {
  if (!bytes) return { reject: `more than ${MAX_RESOURCE_BYTES} bytes`, line };
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    return { reject: 'not UTF-8', line };
  }
  if (text.trim() === '') return { reject: 'empty', line };
  try {
    return { value: parseResource(text), size: bytes.length };
  } catch (error) {
    return badJson(error as Error, line);
  }
}
