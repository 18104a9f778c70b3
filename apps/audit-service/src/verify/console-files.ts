/** Verifies what the audit console gave out: a signed manifest, and the files that lie beside it. */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { CheckpointKeys } from '../checkpoints/checkpoint.ts';
import {
  type FileOfManifest,
  type FileManifest,
  manifestText,
  openManifest,
} from '../checkpoints/manifest.ts';
import { UsageError } from '../command/options.ts';

const MANIFEST = 'manifest.json';
/** A browser saves a file with the plan's id before its name: `northwind-events.csv`. One name has a hyphen itself. */
const SAVED = /^(.*?-)?(ended-tokens\.csv|[^-]*)$/;
/** Longer than the first line of any file of the console. */
const FIRST_BYTES = 4_096;

/** What is wrong with a file. None of the keys signed what is `not-signed`. */
export interface FileProblem {
  name: string;
  problem: 'changed' | 'missing' | 'not-in-manifest' | 'not-signed' | 'no-manifest';
}

export interface ManifestVerdict {
  /** undefined: there is none that one of the keys signed */
  manifest?: FileManifest;
  whole: FileOfManifest[];
  problems: FileProblem[];
}

/**
 * Is this an export of whole chains (`npm run audit -- export`), or something that the console gave out?
 *
 * @throws UsageError when it is a folder
 */
export async function isConsoleFile(file: string): Promise<boolean> {
  const handle = await open(file);
  try {
    if ((await handle.stat()).isDirectory())
      throw new UsageError(`--file ${file}: a folder, and not a file of it`);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(FIRST_BYTES), 0, FIRST_BYTES, 0);
    return !/^\{"tenant":"[^"]*","heads":/.test(buffer.subarray(0, bytesRead).toString());
  } finally {
    await handle.close();
  }
}

async function sha256Of(file: string): Promise<{ sha256: string; bytes: number }> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(file)) {
    hash.update(chunk as Buffer);
    bytes += (chunk as Buffer).length;
  }
  return { sha256: hash.digest('hex'), bytes };
}

/** @returns '' for what is no manifest, as one that was cut */
function signatureIn(text: string): string {
  try {
    const { signature } = JSON.parse(text) as { signature?: unknown };
    return typeof signature === 'string' ? signature : '';
  } catch {
    return '';
  }
}

/**
 * @param file a manifest, or a file whose manifest lies beside it as `manifest.json`
 * @returns of a manifest, what is true of each of its files that lie beside it; of another file, of this one
 */
export async function verifyConsoleFile(file: string, keys: CheckpointKeys): Promise<ManifestVerdict> {
  const [, before = '', name = ''] = SAVED.exec(basename(file)) ?? [];
  const asked = name === MANIFEST ? undefined : name;
  const beside = (each: string) => join(dirname(file), `${before}${each}`);
  const withoutManifest = (problem: FileProblem['problem']): ManifestVerdict => ({
    whole: [],
    problems: [{ name: MANIFEST, problem }],
  });
  if (!existsSync(beside(MANIFEST))) return withoutManifest('no-manifest');
  const text = await readFile(beside(MANIFEST), 'utf8');
  const signature = signatureIn(text);
  const manifest = await openManifest(signature, keys);
  if (!manifest) return withoutManifest('not-signed');
  const verdict: ManifestVerdict = { manifest, whole: [], problems: [] };
  // What a person reads is the text beside the signature, and it has to be what was signed.
  if (text.trim() !== manifestText(manifest, signature).trim())
    verdict.problems.push({ name: MANIFEST, problem: 'changed' });
  const listed = manifest.files.filter((each) => asked === undefined || each.name === asked);
  if (asked !== undefined && listed.length === 0)
    verdict.problems.push({ name: asked, problem: 'not-in-manifest' });
  for (const each of listed) {
    const path = beside(each.name);
    if (!existsSync(path)) verdict.problems.push({ name: each.name, problem: 'missing' });
    else if ((await sha256Of(path)).sha256 === each.sha256) verdict.whole.push(each);
    else verdict.problems.push({ name: each.name, problem: 'changed' });
  }
  return verdict;
}
