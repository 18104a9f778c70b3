/** Which program makes the population: whatever it would make otherwise has another hash. */
import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { addFolder } from '@patient-access/import';

const FOLDER = resolve(fileURLToPath(import.meta.resolve('@patient-access/population')), '..');
const MAKING = /^(?!out-tsc).*(?<!\.test|\.d)\.ts$/;

/** @returns SHA-256 of the generator's files */
export function generatorHash(): string {
  const hash = createHash('sha256');
  addFolder(hash, FOLDER, MAKING);
  return hash.digest('hex');
}
