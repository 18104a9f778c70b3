import { access, constants, type FileHandle, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

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

/**
 * A file of findings is made with its first line, so a wrong place would end a load of hours when something is rejected.
 *
 * @returns why no file can be written there; undefined: it can
 */
export async function whyUnwritable(path: string): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory()) return 'it is a folder';
  try {
    await access(found ? path : dirname(path), constants.W_OK);
    return undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? `there is no folder ${dirname(path)}` : (code ?? String(error));
  }
}
