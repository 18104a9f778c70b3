/** `npm run structure`: makes anew what the kernel knows of R4's elements, from the published definitions. */
import { writeFileSync } from 'node:fs';
import { R4_FILE, structureOfR4 } from './structure-of-r4.ts';

writeFileSync(R4_FILE, structureOfR4());
console.log(`written: ${R4_FILE}`);
