/** The manifest of the files of a question: their SHA-256, and the ends of the chains, signed with the checkpoints' key. */
import { createHash } from 'node:crypto';
import { invalid, notFound } from '@patient-access/fhir';
import { type FileOfManifest, manifestText, signManifest } from '../../checkpoints/manifest.ts';
import { type Download, type DownloadInput, type File, SIGNED_FILES } from './downloads.ts';
import { linkOf, type Query } from '../filter.ts';
import { headsOf, uptoOf } from '../scan.ts';

const EVENTS = 'events';

/** The parameter that says of what, and which files these are. */
const OF = {
  events: ['events.csv', 'events.ndjson'],
  disclosures: ['disclosures.csv', 'disclosures.pdf'],
  notice: ['notice.csv'],
  'ended-tokens': ['ended-tokens.csv'],
} as const satisfies Record<string, readonly string[]>;

/** @throws OperationError 400 for something of which there is no manifest */
function namesIn(query: Query): readonly string[] {
  const of = query.get('of') ?? EVENTS;
  if (!Object.hasOwn(OF, of)) throw invalid(`of: one of ${Object.keys(OF).join(', ')}.`, 'of');
  return OF[of as keyof typeof OF];
}

interface Named {
  name: string;
  file: Download;
}

/** @throws OperationError as the files themselves */
async function filesOf(asked: DownloadInput): Promise<Named[]> {
  const files: Named[] = [];
  for (const name of namesIn(asked.query)) {
    const file = await SIGNED_FILES.get(name)?.(asked);
    if (file) files.push({ name, file });
  }
  return files;
}

/**
 * Makes a file once more, only to hash it.
 *
 * @returns its name, size and hash; yields before each piece, so that the caller can show that it goes on
 */
async function* hashedFile({ name, file: { pieces } }: Named): AsyncGenerator<void, FileOfManifest> {
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

/** While the files are hashed, spaces show that somebody is at work: JSON takes no notice of them. */
const manifestFile: File = async (given) => {
  const { tenant, ask, signingKey, query } = given;
  const heads = await headsOf(ask, tenant);
  const all = await filesOf({ ...given, query: new Map([['upto', uptoOf(heads)], ...query]) });
  const [first] = all;
  if (!first) throw notFound();
  const { counted, filter } = first.file;
  async function* pieces() {
    const files: FileOfManifest[] = [];
    for (const named of all) {
      const hashing = hashedFile(named);
      let step = await hashing.next();
      for (; !step.done; step = await hashing.next()) yield ' ';
      files.push(step.value);
    }
    const manifest = {
      tenant,
      filter: { ...Object.fromEntries(linkOf(filter)), of: query.get('of') ?? EVENTS },
      events: counted.events,
      heads: heads.map(({ lane, seq, hash }) => ({ lane, seq: Number(seq), hash })),
      files,
      signed: new Date().toISOString(),
    };
    const signature = await signManifest(signingKey, manifest);
    yield manifestText(manifest, signature);
  }
  return { type: 'application/json; charset=utf-8', pieces: pieces(), counted, filter, meanwhile: ' ' };
};

/** All that an auditor can download, by file name. */
export const DOWNLOADS: ReadonlyMap<string, File> = new Map([
  ...SIGNED_FILES,
  ['manifest.json', manifestFile],
]);
