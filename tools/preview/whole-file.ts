/** Files that are whole after a power failure: the old content or the new one. */
import { open, readFile, rename } from 'node:fs/promises';

/** @param mode rights of the file, also when it exists already with others */
export async function writeWhole(file: string, content: string, mode = 0o644): Promise<void> {
  const unfinished = `${file}.new`;
  const handle = await open(unfinished, 'w', mode);
  try {
    await handle.chmod(mode);
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(unfinished, file);
}

/** @returns the line that names a damaged file and the cure */
export const damaged = (file: string): Error =>
  new Error(`${file} is damaged; begin with new data: npm start -- --fresh`);

/**
 * @returns what the file holds; undefined when there is no such file
 * @throws Error with one line that names the file and the cure, when it is not JSON
 */
export async function readWhole(file: string): Promise<unknown> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw damaged(file);
  }
}
