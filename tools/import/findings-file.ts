import { access, constants, type FileHandle, open, stat } from 'node:fs/promises';
import { dirname, sep } from 'node:path';

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
  if (found?.isDirectory() || path.endsWith(sep)) return 'it is a folder';
  const folder = dirname(path);
  const missing = `there is no folder ${folder}`;
  try {
    if (!(await stat(folder)).isDirectory()) return missing;
    await access(found ? path : folder, constants.W_OK);
    return undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? missing : (code ?? String(error));
  }
}
