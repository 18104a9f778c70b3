/** Makes files once more, only to hash them. */
import { createHash } from 'node:crypto';
import type { FileOfManifest } from '../../checkpoints/manifest.ts';
import type { Download } from './downloads.ts';

/** @returns name, size and hash of a file; yields before each piece, so that the caller can show that it goes on */
export async function* hashedFile(
  name: string,
  { pieces }: Pick<Download, 'pieces'>,
): AsyncGenerator<void, FileOfManifest> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const piece of pieces) {
    const all = Buffer.from(piece);
    hash.update(all);
    bytes += all.length;
    yield;
  }
  return { name, bytes, sha256: hash.digest('hex') };
}
