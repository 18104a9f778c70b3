/** Reads resources from files, one at a time. */
import { parseInstant } from '@patient-access/fhir';
import type { FileLine, Input } from '../store/input.ts';
import { contentOf, type FullUrls, noteFullUrl } from './bundle.ts';
import { bytesOf, Unreadable } from './bytes.ts';
import { entriesOf, type FileForm, formOf } from './form.ts';
import { MAX_RESOURCE_BYTES, parsePiece } from './json.ts';
import { Collector, linesOf, type Piece } from './lines.ts';
import { DocumentScanner } from './scanner.ts';

export interface FileOrigin {
  file: string;
  /** line where the resource begins, from 1; for bad JSON, the line of the error */
  line: number;
  /** index in the Bundle's `entry`, from 0 */
  entry?: number;
}

type Found = Input<FileOrigin>;

/**
 * Called with the number of bytes read from the disk. `ahead`: they were read only to find out the form of the file.
 */
export type OnRead = (bytes: number, ahead: boolean) => void;

const HISTORY = 'a history Bundle: which of its versions counts is not for an import to say';

/** What is wrong with the time of a Bundle. */
const NO_INSTANT = 'a deletion in a Bundle whose timestamp or meta.lastUpdated is not an instant';

/** When a Bundle was made: until then its deletions happened. Without a time it says nothing of that. */
type Made = { at?: string } | { reject: string };

interface SmallBundle {
  type?: unknown;
  id?: string;
  made: Made;
  entry: unknown[];
}

/** @param lastUpdated of the Bundle, which Bulk Data Access sets */
function madeAt(timestamp: unknown, lastUpdated: unknown): Made {
  const said = timestamp ?? lastUpdated;
  if (said === undefined) return {};
  const at = typeof said === 'string' && said.includes('T') ? parseInstant(said) : undefined;
  return at ? { at: at.toISOString() } : { reject: NO_INSTANT };
}

function bundleOf(value: unknown): SmallBundle | undefined {
  const bundle = value as Record<string, unknown> | null;
  if (bundle?.['resourceType'] !== 'Bundle') return undefined;
  const { type, id, entry, timestamp, meta } = bundle;
  const entries = Array.isArray(entry) ? entry : [];
  const made = madeAt(timestamp, (meta as { lastUpdated?: unknown } | null | undefined)?.lastUpdated);
  return { type, ...(typeof id === 'string' && { id }), made, entry: entries };
}

/** The id of an entry's Bundle, where it has one. */
const inBundle = (id: string | undefined) => (id === undefined ? {} : { bundle: id });

/** What an entry holds, with the time of the Bundle if it is a deletion. */
function entryOf(urls: FullUrls, entry: unknown, made: Made) {
  const content = contentOf(urls, entry);
  if (!('deleted' in content)) return content;
  return 'reject' in made ? made : { ...content, ...made };
}

/** @param bytes of the Bundle; each entry counts as an equal part of them */
function* fromSmallBundle(bundle: SmallBundle, origin: FileOrigin, bytes: number): Generator<Found> {
  if (bundle.type === 'history') {
    yield { origin, reject: HISTORY };
    return;
  }
  const urls: FullUrls = new Map();
  for (const entry of bundle.entry) noteFullUrl(urls, entry);
  const size = Math.ceil(bytes / bundle.entry.length);
  for (const [index, entry] of bundle.entry.entries()) {
    yield {
      origin: { ...origin, entry: index },
      ...entryOf(urls, entry, bundle.made),
      size,
      ...inBundle(bundle.id),
    };
  }
}

function* fromPiece(file: string, piece: Piece): Generator<Found> {
  const parsed = parsePiece(piece);
  if ('reject' in parsed) {
    yield { origin: { file, line: parsed.line }, reject: parsed.reject };
    return;
  }
  const origin = { file, line: piece.line };
  const bundle = bundleOf(parsed.value);
  if (bundle) yield* fromSmallBundle(bundle, origin, parsed.size);
  else yield { origin, resource: parsed.value, size: parsed.size };
}

async function* fromLines(
  file: string,
  chunks: AsyncIterable<Buffer>,
): AsyncGenerator<Found | FileLine<FileOrigin>> {
  let next = 1;
  try {
    for await (const { line, bytes } of linesOf(chunks, MAX_RESOURCE_BYTES)) {
      next = line + 1;
      if (bytes) yield { origin: { file, line }, bytes, read: () => fromPiece(file, { line, bytes }) };
      else yield* fromPiece(file, { line });
    }
  } catch (error) {
    throw error instanceof Unreadable ? new Unreadable(error.message, next) : error;
  }
}

async function* fromDocument(file: string, chunks: AsyncIterable<Buffer>): AsyncGenerator<Found> {
  const collector = new Collector(MAX_RESOURCE_BYTES);
  for await (const chunk of chunks) collector.add(chunk);
  yield* fromPiece(file, { line: 1, bytes: collector.take() });
}

async function* fromBundle(
  file: string,
  { urls, id, timestamp, lastUpdated }: Extract<FileForm, { is: 'bundle' }>,
  chunks: AsyncIterable<Buffer>,
): AsyncGenerator<Found> {
  const scanner = new DocumentScanner(MAX_RESOURCE_BYTES);
  const made = madeAt(timestamp, lastUpdated);
  let entry = 0;
  try {
    for await (const piece of entriesOf(scanner, chunks)) {
      const parsed = parsePiece(piece);
      const origin = { file, line: 'reject' in parsed ? parsed.line : piece.line, entry };
      if ('reject' in parsed) yield { origin, reject: parsed.reject };
      else yield { origin, ...entryOf(urls, parsed.value, made), size: parsed.size, ...inBundle(id) };
      entry += 1;
    }
  } catch (error) {
    throw error instanceof Unreadable ? new Unreadable(error.message, scanner.line) : error;
  }
}

async function* inForm(
  path: string,
  file: string,
  onRead: OnRead,
): AsyncGenerator<Found | FileLine<FileOrigin>> {
  const form = await formOf(
    file,
    bytesOf(path, (bytes) => onRead(bytes, true)),
  );
  const chunks = bytesOf(path, (bytes) => onRead(bytes, false));
  switch (form.is) {
    case 'lines':
      return yield* fromLines(file, chunks);
    case 'resource':
      return yield* fromDocument(file, chunks);
    case 'bundle':
      if (form.type === 'history') yield { origin: { file, line: 1 }, reject: HISTORY };
      else yield* fromBundle(file, form, chunks);
  }
}

/**
 * Reads one file: a resource, a Bundle of any type, or NDJSON of resources and Bundles. Each may be zipped.
 * Lines come as they are.
 *
 * Only the current resource, and the fullUrls of a Bundle, are in memory. A resource that cannot be read is a
 * rejection. Reading goes on after it, unless the beginning of the next resource cannot be found.
 *
 * @param file what the origins call it
 */
export async function* recordsOf(
  path: string,
  onRead: OnRead = () => undefined,
  file = path,
): AsyncGenerator<Found | FileLine<FileOrigin>> {
  try {
    yield* inForm(path, file, onRead);
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    const origin = { file, line: error.line };
    yield { origin, reject: `${error.message}; the rest of the file was not read` };
  }
}
