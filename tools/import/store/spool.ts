/** Keeps lines on disk until all other resources are stored, because they may be too many for memory. */
import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { linesOf } from '../read/lines.ts';

const BUFFER_CHARACTERS = 1024 * 1024;

export class Spool {
  private file: FileHandle | undefined;
  private buffer = '';

  /** @param line without line breaks, as JSON.stringify returns it */
  async write(line: string): Promise<void> {
    this.buffer += `${line}\n`;
    if (this.buffer.length >= BUFFER_CHARACTERS) await this.flush();
  }

  /** @returns all written lines from the beginning; it can be called again */
  async *read(): AsyncGenerator<string> {
    await this.flush();
    if (!this.file) return;
    const bytes = this.file.createReadStream({ start: 0, autoClose: false }) as AsyncIterable<Buffer>;
    for await (const line of linesOf(bytes, Infinity)) yield String(line.bytes);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.file?.close();
  }

  private async flush(): Promise<void> {
    if (this.buffer === '') return;
    this.file ??= await openNameless();
    await this.file.appendFile(this.buffer);
    this.buffer = '';
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
