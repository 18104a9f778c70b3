/** Reads the packages of the guides (https://hl7.org/fhir/packages.html) from a folder beside the project. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { extract } from 'tar-stream';
import type { GuidePackage, PackageFile } from './package-files.ts';

/** The packages of which a list is made, by the name of their archives. */
const ARCHIVES = [
  'hl7.fhir.us.core-6.1.0',
  'carin4bb-200',
  'hl7.fhir.us.davinci-pdex-2.0.0',
  'hl7.fhir.us.insurance-card-1.1.0',
];

const WANTED =
  /^package\/(?:(?:StructureDefinition|ValueSet|CodeSystem|CapabilityStatement|SearchParameter)-[^/]+|package)\.json$/;

async function readPackage(path: string): Promise<GuidePackage> {
  const archive = extract();
  archive.end(gunzipSync(readFileSync(path)));
  const files: PackageFile[] = [];
  let described: { name: string; version: string; license?: string } | undefined;
  for await (const entry of archive) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    if (!WANTED.test(entry.header.name)) continue;
    const content = JSON.parse(Buffer.concat(chunks).toString('utf8')) as PackageFile;
    if (entry.header.name === 'package/package.json') described = content as unknown as typeof described;
    else files.push(content);
  }
  if (!described) throw new Error(`${path} has no package.json`);
  const { name, version, license = 'not stated' } = described;
  return { name, version, licence: license, files };
}

/**
 * @param root folder of the project
 * @returns undefined when there is no folder with packages
 */
export async function guidePackages(root: string): Promise<GuidePackage[] | undefined> {
  const folder = join(root, '../shared/data/igs');
  if (!existsSync(folder)) return undefined;
  return Promise.all(ARCHIVES.map((name) => readPackage(join(folder, `${name}.tgz`))));
}
