/** The signed manifest of files that the console gave out: by it anybody can tell a file that was changed or cut. */
import { z } from 'zod';
import { type CheckpointKeys, Heads } from './checkpoint.ts';
import { openStatement, privateKeyIn, signStatement } from './signed.ts';

const TYPE = 'patient-access-trail-manifest';

const FileOfManifest = z.strictObject({
  name: z.string(),
  bytes: z.number().int().nonnegative(),
  /** of the whole file, hex */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});
export type FileOfManifest = z.infer<typeof FileOfManifest>;

const FileManifest = z.strictObject({
  tenant: z.string(),
  /** what the files were narrowed to: the query of their addresses */
  filter: z.record(z.string(), z.string()),
  /** number of events in each file */
  events: z.number().int().nonnegative(),
  /** ends of the chains when the manifest was made: compare them with checkpoints */
  heads: Heads,
  files: z.array(FileOfManifest),
  signed: z.iso.datetime(),
});
export type FileManifest = z.infer<typeof FileManifest>;

/** @param pem the key of the checkpoints @returns the compact JWS of the manifest */
export const signManifest = async (pem: string, manifest: FileManifest): Promise<string> =>
  signStatement(TYPE, privateKeyIn(pem, 'CHECKPOINT_KEY'), manifest);

/** @returns what a person reads of a manifest, with the signature that says the same */
export const manifestText = (manifest: FileManifest, signature: string): string =>
  `${JSON.stringify({ complete: true, ...manifest, signature }, null, 2)}\n`;

/** @returns undefined when none of the keys signed it, or when it is not a manifest */
export const openManifest = (jws: string, keys: CheckpointKeys): Promise<FileManifest | undefined> =>
  openStatement(TYPE, jws, keys, (payload) => FileManifest.parse(payload));
