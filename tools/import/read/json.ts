import { parseResource, repeatedName } from '@patient-access/fhir';
import type { Piece } from './lines.ts';

/** A single resource larger than this is refused, because it would have to be held in memory. */
export const MAX_RESOURCE_BYTES = 32 * 1024 * 1024;

/** The deepest nesting that is accepted. FHIR nests elements (Questionnaire, Composition), but much less than this. */
export const MAX_DEPTH = 100;

export type Parsed = { value: unknown; size: number } | { reject: string; line: number };

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Describes bad JSON by its place only. Node's message quotes the text around the error, which may be a member's data.
 */
function badJson(error: Error, line: number): Parsed {
  const place = /\(line (\d+) column (\d+)\)/.exec(error.message);
  if (!place) return { reject: 'bad JSON', line };
  return { reject: `bad JSON at column ${place[2]}`, line: line + Number(place[1]) - 1 };
}

/** Parses a piece of text and keeps decimals as they are written. @returns the value, or what is wrong with the text */
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
    const value = parseResource(text);
    const repeated = repeatedName(text, bytes, value);
    if (!repeated) return { value, size: bytes.length };
    const reject = `bad JSON at column ${repeated.column}: its object has this name already`;
    return { reject, line: line + repeated.line - 1 };
  } catch (error) {
    return badJson(error as Error, line);
  }
}
