/** `npm run guide-lists` makes from the packages of the guides what they ask for, and what an import cannot check of it. */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { GUIDE_SETS } from '@patient-access/fhir';
import { askedList } from './capabilities.ts';
import { guideLists } from './lists.ts';
import { uncheckedPage } from './unchecked.ts';

const root = resolve(import.meta.dirname, '../../..');
const lists = await Promise.all(GUIDE_SETS.map((set) => guideLists(root, set)));
for (const made of [...lists, await askedList(root), uncheckedPage(root)]) {
  if (made) {
    writeFileSync(made.file, made.text);
    console.log(`written: ${made.file}`);
  } else {
    console.error('the packages of the guides are not here');
    process.exitCode = 1;
  }
}
