/** Which rules resources are checked by, as one hash: whatever would be found otherwise has another hash. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const folderOf = (module: string) => resolve(fileURLToPath(import.meta.resolve(module)), '..');

/** The folders of the programs that read, check and store, and of the shipped definitions. */
const FOLDERS = () => [
  import.meta.dirname,
  resolve(import.meta.dirname, '../read'),
  resolve(import.meta.dirname, '../store'),
  folderOf('@patient-access/fhir'),
  folderOf('@patient-access/fhir-store'),
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
