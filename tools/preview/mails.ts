/** The mails of the preview: files instead of a mail server. */
import { watch } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** @param directory of the preview */
export const mailDirectory = (directory: string): string => join(directory, 'mail');

/** Prints each mail that is written from now on: its links are needed to go on. */
export async function printMails(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const printed = new Set<string>();
  watch(directory, (_event, name) => {
    if (!name?.endsWith('.eml') || printed.has(name)) return;
    printed.add(name);
    const file = join(directory, name);
    readFile(file, 'utf8').then(
      (text) => console.log(`\n--- ${file}\n${text}---`),
      () => printed.delete(name),
    );
  }).unref();
}
