/** Reads the built pages into memory, where no path of a request can lead anywhere else. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import { contentPolicy, NO_CONTENT_POLICY } from './content-policy.ts';
import { type Addresses, fillAddresses } from './fill-addresses.ts';

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
};
const OTHER = 'application/octet-stream';
/** The name of these files changes with their content. */
const HASHED = /^\/assets\//;
const FOREVER = 'public, max-age=31536000, immutable';
const ASK_AGAIN = 'no-cache';

/** A file as it is sent. */
interface SiteFile {
  body: Buffer;
  headers: Readonly<Record<string, string>>;
  etag: string;
}

export interface Site {
  /** by path, as `/start` */
  files: ReadonlyMap<string, SiteFile>;
  /** the page for a path that does not exist */
  missing: SiteFile;
}

const MISSING = '/404';

/** `/start.html` is at `/start`, and `/index.html` at `/`. */
const addressOf = (file: string): string => file.replace(/(?:(?<=\/)index)?\.html$/, '');

function fileOf(path: string, built: string, addresses: Addresses): SiteFile {
  const text = fillAddresses(built, addresses);
  const extension = extname(path);
  const etag = `"${createHash('sha256').update(text).digest('base64url').slice(0, 27)}"`;
  // The name does not change with what was filled in.
  const isFixed = HASHED.test(path) && text === built;
  return {
    body: Buffer.from(text),
    etag,
    headers: {
      'content-type': MEDIA_TYPES[extension] ?? OTHER,
      'content-security-policy': extension === '.html' ? contentPolicy(text) : NO_CONTENT_POLICY,
      'cache-control': isFixed ? FOREVER : ASK_AGAIN,
      etag,
    },
  };
}

/**
 * @param directory made by the build
 * @throws Error with one line when the pages are not built
 */
export function loadSite(directory: string, addresses: Addresses): Site {
  const files = new Map<string, SiteFile>();
  for (const entry of entriesOf(directory)) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    const path = `/${relative(directory, file).split(sep).join('/')}`;
    files.set(addressOf(path), fileOf(path, readFileSync(file, 'utf8'), addresses));
  }
  const missing = files.get(MISSING);
  files.delete(MISSING);
  if (!missing) throw new Error(`${directory} has no pages: npm run build`);
  return { files, missing };
}

function entriesOf(directory: string) {
  try {
    return readdirSync(directory, { recursive: true, withFileTypes: true });
  } catch {
    throw new Error(`the pages are not built (no ${directory}): npm run build`);
  }
}
