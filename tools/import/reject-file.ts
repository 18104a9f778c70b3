import { type FileHandle, open } from 'node:fs/promises';
import type { FileOrigin } from './read/records.ts';
import type { Rejection } from './store/input.ts';

/**
 * The reject file: NDJSON of the resources that were not stored, with the reasons. It is created at the first
 * rejection, and only its owner can read it.
 */
export class RejectFile {
  readonly path: string;
  private file: FileHandle | undefined;

  constructor(path: string) {
    this.path = path;
  }

  async write({ origin, ...rejection }: Rejection<FileOrigin>): Promise<void> {
    this.file ??= await open(this.path, 'w', 0o600);
    await this.file.appendFile(`${JSON.stringify({ ...origin, ...rejection })}\n`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.file?.close();
  }
}
