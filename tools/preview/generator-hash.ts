/** Which program makes the population: whatever it would make otherwise has another hash. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDER = resolve(fileURLToPath(import.meta.resolve('@patient-access/population')), '..');
const MAKING = /^(?!out-tsc).*(?<!\.test|\.d)\.ts$/;

/** @returns SHA-256 of the generator's files */
export function generatorHash(): string {
  const hash = createHash('sha256');
  const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter((name) =>
    MAKING.test(name),
  );
  for (const name of files.sort()) hash.update(name).update(readFileSync(join(FOLDER, name)));
  return hash.digest('hex');
}
