/** `npm run structure`: makes anew what the kernel knows of R4's elements, from the published definitions. */
import { writeFileSync } from 'node:fs';
import { structureOfR4 } from './structure-of-r4.ts';

for (const [file, text] of structureOfR4()) {
  writeFileSync(file, text);
  console.log(`written: ${file}`);
}
