/** Finds out the form of a file by reading ahead, because the name of a file proves nothing. */
import { Unreadable } from './bytes.ts';
import { type FullUrls, noteFullUrl } from './bundle.ts';
import { MAX_RESOURCE_BYTES, parsePiece } from './json.ts';
import type { Piece } from './lines.ts';
import { DocumentScanner } from './scanner.ts';

export type FileForm =
  | { is: 'lines' }
  | { is: 'resource' }
  /** `type` is the Bundle's own, e.g. `transaction` */
  | ({ is: 'bundle'; urls: FullUrls } & Pick<DocumentScanner, 'type' | 'id' | 'timestamp' | 'lastUpdated'>);

const NAMED_LINES = /\.(ndjson|jsonl)(\.gz)?$/i;

/** @returns the elements of the document's `entry` array; reading stops where a second document begins */
export async function* entriesOf(
  scanner: DocumentScanner,
  chunks: AsyncIterable<Buffer>,
): AsyncGenerator<Piece> {
  for await (const chunk of chunks) {
    yield* scanner.scan(chunk);
    if (scanner.followed) return;
  }
  scanner.end();
}

/**
 * Reads ahead to the end of the first document. This is the end of the file, unless the file is NDJSON.
 *
 * @param name of the file; it decides only when the text is broken
 */
export async function formOf(name: string, chunks: AsyncIterable<Buffer>): Promise<FileForm> {
  const scanner = new DocumentScanner(MAX_RESOURCE_BYTES);
  const urls: FullUrls = new Map();
  let broken = false;
  try {
    for await (const piece of entriesOf(scanner, chunks)) {
      const parsed = parsePiece(piece);
      if ('value' in parsed) noteFullUrl(urls, parsed.value);
    }
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    broken = true;
  }
  if (scanner.followed || (broken && NAMED_LINES.test(name))) return { is: 'lines' };
  const { resourceType, type, id, timestamp, lastUpdated } = scanner;
  if (resourceType !== 'Bundle') return { is: 'resource' };
  return { is: 'bundle', type, id, timestamp, lastUpdated, urls };
}
