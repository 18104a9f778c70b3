/** Which rules resources are checked by, as one hash: whatever would be found otherwise has another hash. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folders of the programs that check, and of the shipped definitions. */
const FOLDERS = () => [
  import.meta.dirname,
  resolve(import.meta.dirname, '../store'),
  resolve(fileURLToPath(import.meta.resolve('@patient-access/fhir')), '..'),
];

const CHECKING = /\.(?:[jt]s|br)$/;

/**
 * @param marks what else decides: the packages of the plan, and which profiles are expected
 * @returns SHA-256
 */
export function rulesHash(marks: readonly string[]): Buffer {
  const hash = createHash('sha256');
  const take = (part: string | Buffer) => hash.update(`${part.length} `).update(part);
  for (const part of marks) take(part);
  for (const folder of FOLDERS()) {
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
      CHECKING.test(name),
    );
    for (const name of files.sort()) {
      take(name);
      take(readFileSync(join(folder, name)));
    }
  }
  return hash.digest();
}
