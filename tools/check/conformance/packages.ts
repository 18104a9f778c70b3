/** Reads the packages of the guides (https://hl7.org/fhir/packages.html) from a folder beside the project. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { GuideSet, PublicationName } from '@patient-access/fhir';
import { extract } from 'tar-stream';
import type { GuidePackage, PackageFile } from './package-files.ts';

/** Whose searches are held against packages: each set of guides, and each publication. */
export type PackageSet = GuideSet | PublicationName;

/** The packages of each set, by the name of their archives. */
const ARCHIVES: Readonly<Record<PackageSet, readonly string[]>> = {
  '2023': [
    'hl7.fhir.us.core-6.1.0',
    'carin4bb-200',
    'hl7.fhir.us.davinci-pdex-2.0.0',
    'hl7.fhir.us.insurance-card-1.1.0',
  ],
  '2027': [
    'hl7.fhir.us.core-7.0.0',
    'hl7.fhir.us.carin-bb-2.2.0',
    'hl7.fhir.us.davinci-pdex-2.2.0',
    'hl7.fhir.us.insurance-card-1.1.0',
  ],
  'provider-directory': ['hl7.fhir.us.davinci-pdex-plan-net-1.2.0'],
  formulary: ['hl7.fhir.us.davinci-drug-formulary-2.1.0'],
};

export const PACKAGE_SETS = Object.keys(ARCHIVES) as readonly PackageSet[];

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
 * @returns the packages of the set; undefined when there is no folder with packages
 */
export async function guidePackages(root: string, set: PackageSet): Promise<GuidePackage[] | undefined> {
  const folder = join(root, '../shared/data/igs');
  if (!existsSync(folder)) return undefined;
  return Promise.all(ARCHIVES[set].map((name) => readPackage(join(folder, `${name}.tgz`))));
}
