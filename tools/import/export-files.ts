/** The files of an export: one for each type, NDJSON, with a manifest that says what each holds. */
import { createHash, type Hash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { type FileHandle, open, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ExportedRecords } from '@patient-access/fhir-store/ingest';

/** Only who exports reads what is written: it holds everything that the plan knows of its members. */
const PRIVATE = { directory: 0o700, file: 0o600 };
const FORMER = 'history';

interface OpenFile {
  handle: FileHandle;
  hash: Hash;
  records: number;
  bytes: number;
}

export class ExportFiles implements AsyncDisposable {
  private readonly folder: string;
  private readonly files = new Map<string, OpenFile>();

  /** @throws Error when the folder exists: two exports in one folder would look like one */
  constructor(folder: string) {
    this.folder = folder;
    mkdirSync(folder, { mode: PRIVATE.directory });
  }

  /** @param whose the publication; left out for the plan's own records @throws Error when the disk is full */
  async add({ former, rows }: ExportedRecords, whose?: string): Promise<void> {
    const folder = [...(whose === undefined ? [] : [whose]), ...(former ? [FORMER] : [])].join('/');
    const texts = new Map<string, string[]>();
    for (const { type, body } of rows) {
      const name = join(folder, `${type}.ndjson`);
      const lines = texts.get(name) ?? [];
      texts.set(name, lines);
      lines.push(body);
    }
    for (const [name, lines] of texts) await this.write(name, lines);
  }

  private async write(name: string, lines: readonly string[]): Promise<void> {
    const file = this.files.get(name) ?? (await this.open(name));
    const text = Buffer.from(`${lines.join('\n')}\n`);
    await file.handle.appendFile(text);
    file.hash.update(text);
    file.records += lines.length;
    file.bytes += text.length;
  }

  private async open(name: string): Promise<OpenFile> {
    const path = join(this.folder, name);
    mkdirSync(dirname(path), { mode: PRIVATE.directory, recursive: true });
    const handle = await open(path, 'wx', PRIVATE.file);
    const file = { handle, hash: createHash('sha256'), records: 0, bytes: 0 };
    this.files.set(name, file);
    return file;
  }

  /**
   * Writes the manifest last: a folder without one is not whole. Some file systems say only when a file is written out, or
   * closed, that they had no room for it.
   *
   * @returns what stands in it
   * @throws Error when the disk is full
   */
  async end(facts: object): Promise<object> {
    const names = [...this.files.keys()].sort();
    const files = [];
    for (const name of names) {
      const { handle, hash, records, bytes } = this.files.get(name) as OpenFile;
      await handle.sync();
      await handle.close();
      this.files.delete(name);
      files.push({ name, records, bytes, sha256: hash.digest('hex') });
    }
    const manifest = { ...facts, complete: true, files };
    const text = `${JSON.stringify(manifest, null, 2)}\n`;
    const once = { flag: 'wx', mode: PRIVATE.file, flush: true };
    await writeFile(join(this.folder, 'manifest.json'), text, once);
    return manifest;
  }

  /** Files that are open yet are those of an export that has failed, and has said why. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled([...this.files.values()].map(({ handle }) => handle.close()));
  }
}
