import { type FileHandle, open } from 'node:fs/promises';

/**
 * NDJSON of what an import has to say about single resources: the reject file, and that of repeats. It is created with its
 * first line, and only its owner can read it.
 */
export class FindingsFile {
  readonly path: string;
  private file: FileHandle | undefined;

  constructor(path: string) {
    this.path = path;
  }

  async write(finding: object): Promise<void> {
    this.file ??= await open(this.path, 'w', 0o600);
    await this.file.appendFile(`${JSON.stringify(finding)}\n`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.file?.close();
  }
}
