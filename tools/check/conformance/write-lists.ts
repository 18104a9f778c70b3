/** `npm run guide-lists` makes the list of what the guides ask for from their packages. */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { guideLists } from './lists.ts';

const made = await guideLists(resolve(import.meta.dirname, '../../..'));
if (made) {
  writeFileSync(made.file, made.text);
  console.log(`written: ${made.file}`);
} else {
  console.error('the packages of the guides are not here');
  process.exitCode = 1;
}
