/** Compares the committed files about R4 with HL7's definitions. */
import { readFileSync } from 'node:fs';
import { structureOfR4 } from './structure-of-r4.ts';

/** @returns the generated files that are out of date; undefined when none is, or when the definitions cannot be had */
export async function outdatedStructure(): Promise<string | undefined> {
  const made = await structureOfR4().catch((error: Error) => {
    console.log(`      not compared: ${error.message}`);
    return [];
  });
  const outdated = made.filter(([file, text]) => readFileSync(file, 'utf8') !== text);
  if (outdated.length === 0) return undefined;
  return outdated.map(([file]) => `${file}: make it anew, npm run structure`).join('\n');
}
