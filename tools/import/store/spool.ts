/** Keeps lines on disk until all resources were read, because they may be too many for memory. */
import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { linesOf } from '../read/lines.ts';

const BUFFER_CHARACTERS = 1024 * 1024;

export class Spool {
  private file: FileHandle | undefined;
  private buffer = '';
  /** Owners store at the same time, so one may write while what another wrote is on its way to the disk. */
  private written = Promise.resolve();
  private readonly bufferCharacters: number;
  private readonly opened: () => Promise<FileHandle>;

  /**
   * @param bufferCharacters that are in memory before they are written
   * @param opened opens the file, with the first of them
   */
  constructor(bufferCharacters = BUFFER_CHARACTERS, opened = openNameless) {
    this.bufferCharacters = bufferCharacters;
    this.opened = opened;
  }

  /** @param line without line breaks, as JSON.stringify returns it */
  async write(line: string): Promise<void> {
    this.buffer += `${line}\n`;
    if (this.buffer.length >= this.bufferCharacters) await this.flush();
  }

  /** @returns all written lines from the beginning; it can be called again */
  async *read(): AsyncGenerator<string> {
    if (!this.file) return yield* this.buffer.split('\n').slice(0, -1);
    await this.flush();
    const bytes = this.file.createReadStream({ start: 0, autoClose: false }) as AsyncIterable<Buffer>;
    for await (const line of linesOf(bytes, Infinity)) yield String(line.bytes);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.written.catch(() => undefined);
    await this.file?.close();
  }

  private flush(): Promise<void> {
    const text = this.buffer;
    this.buffer = '';
    this.written = this.written.then(() => this.append(text));
    return this.written;
  }

  private async append(text: string): Promise<void> {
    if (text === '') return;
    this.file ??= await this.opened();
    await this.file.appendFile(text);
  }
}

/**
 * Opens a file that has no name any more when it is written to. So members' data cannot outlive the process, however
 * the process ends.
 */
async function openNameless(): Promise<FileHandle> {
  const folder = await mkdtemp(join(tmpdir(), 'patient-access-import-'));
  const file = await open(join(folder, 'spool'), 'w+', 0o600);
  await rm(folder, { recursive: true });
  return file;
}
