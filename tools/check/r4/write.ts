/** `npm run structure` generates the files about R4 again from HL7's definitions. */
import { writeFileSync } from 'node:fs';
import { structureOfR4 } from './structure-of-r4.ts';

for (const [file, text] of await structureOfR4()) {
  writeFileSync(file, text);
  console.log(`written: ${file}`);
}
