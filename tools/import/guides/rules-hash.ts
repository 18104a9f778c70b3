/** Which rules resources are checked by, as one hash: whatever would be found otherwise has another hash. */
import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { addFolder, addPart } from './folder-hash.ts';

const folderOf = (module: string) => resolve(fileURLToPath(import.meta.resolve(module)), '..');

/** The folders of the programs that read, check and store, and of the shipped definitions. */
const FOLDERS = () => [
  import.meta.dirname,
  resolve(import.meta.dirname, '../displays'),
  resolve(import.meta.dirname, '../packages'),
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
  for (const part of marks) addPart(hash, part);
  for (const folder of FOLDERS()) addFolder(hash, folder, CHECKING);
  return hash.digest();
}
