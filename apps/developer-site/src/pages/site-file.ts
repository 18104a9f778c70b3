/** Reads built files into memory, where no path of a request can lead anywhere else. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import { NO_CONTENT_POLICY } from './content-policy.ts';

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
};
const OTHER = 'application/octet-stream';
const FOREVER = 'public, max-age=31536000, immutable';
const ASK_AGAIN = 'no-cache';

const OPEN = { 'cross-origin-resource-policy': 'cross-origin', 'access-control-allow-origin': '*' };

/** A file as it is sent. */
export interface SiteFile {
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

interface Kind {
  /** another content would have another path */
  isFixed: boolean;
  /** of a page, from its HTML */
  pagePolicy: (html: string) => string;
  /** may pages of other origins load it? */
  isForOthers?: boolean;
}

/** @param path with the extension */
export function siteFile(
  path: string,
  text: string,
  { isFixed, pagePolicy, isForOthers = false }: Kind,
): SiteFile {
  const extension = extname(path);
  const etag = `"${createHash('sha256').update(text).digest('base64url').slice(0, 27)}"`;
  return {
    body: Buffer.from(text),
    etag,
    headers: {
      'content-type': MEDIA_TYPES[extension] ?? OTHER,
      'content-security-policy': extension === '.html' ? pagePolicy(text) : NO_CONTENT_POLICY,
      'cache-control': isFixed ? FOREVER : ASK_AGAIN,
      ...(isForOthers && OPEN),
      etag,
    },
  };
}

/** `/start.html` is at `/start`, and `/index.html` at `/`. */
const addressOf = (file: string): string => file.replace(/(?:(?<=\/)index)?\.html$/, '');

/**
 * @param directory made by the build
 * @returns the files by address
 * @throws Error with one line when they are not built
 */
export function filesIn(
  directory: string,
  fileOf: (path: string, text: string) => SiteFile,
): Map<string, SiteFile> {
  const files = new Map<string, SiteFile>();
  for (const entry of entriesOf(directory)) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    const path = `/${relative(directory, file).split(sep).join('/')}`;
    files.set(addressOf(path), fileOf(path, readFileSync(file, 'utf8')));
  }
  return files;
}

function entriesOf(directory: string) {
  try {
    return readdirSync(directory, { recursive: true, withFileTypes: true });
  } catch {
    throw new Error(`the pages are not built (no ${directory}): npm run build`);
  }
}
