/** The examples in the packages of guides, which lie in a folder beside the repository. */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { parseResource, type Resource } from '@patient-access/fhir';
import { extract } from 'tar-stream';

export const DATA = resolve(import.meta.dirname, '../../../../../shared/data');
export const hasPackages: boolean = existsSync(join(DATA, 'igs'));

/** @returns the resource, or those in a Bundle */
export function exampleEntries(json: string): Resource[] {
  const value = parseResource(json) as Resource & { entry?: { resource: Resource }[] };
  return value.resourceType === 'Bundle' ? (value.entry ?? []).map(({ resource }) => resource) : [value];
}

/** @returns none where the folder is missing */
export async function examplesIn(name: string): Promise<Resource[]> {
  if (!hasPackages) return [];
  const found: Resource[] = [];
  const archive = extract();
  archive.end(gunzipSync(readFileSync(join(DATA, 'igs', `${name}.tgz`))));
  for await (const entry of archive) {
    const content = await text(entry as AsyncIterable<Buffer>);
    if (/\/example\/[^./][^/]*\.json$/.test(entry.header.name)) found.push(...exampleEntries(content));
  }
  return found;
}
