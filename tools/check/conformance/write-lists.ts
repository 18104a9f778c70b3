/** `npm run guide-lists` makes from the packages of the guides what they ask for, and what an import cannot check of it. */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { guideLists } from './lists.ts';
import { uncheckedPage } from './unchecked.ts';

const root = resolve(import.meta.dirname, '../../..');
for (const made of [await guideLists(root), uncheckedPage(root)]) {
  if (made) {
    writeFileSync(made.file, made.text);
    console.log(`written: ${made.file}`);
  } else {
    console.error('the packages of the guides are not here');
    process.exitCode = 1;
  }
}
