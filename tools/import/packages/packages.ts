/** Loads the FHIR packages (https://hl7.org/fhir/packages.html) of a folder, as archives or unpacked. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { PackageResource } from '@patient-access/fhir';
import { ConfigError } from '@patient-access/platform/config';
import { extract } from 'tar-stream';

/** The files of a package that a profile check reads. Examples are in a folder of their own and are left out. */
const DEFINITION = /^(?:package\/)?(?:StructureDefinition|ValueSet|CodeSystem)-[^/]+\.json$/;
const DESCRIPTION = /^(?:package\/)?package\.json$/;
const NEEDED = (name: string) => DEFINITION.test(name) || DESCRIPTION.test(name);

export interface FhirPackage {
  /** `name#version` */
  name: string;
  licence: string;
  resources: PackageResource[];
  /** SHA-256 of its definitions */
  digest: string;
}

interface PackageFile {
  name: string;
  content: Buffer;
}

/** @throws Error when the archive is damaged */
async function* filesOfArchive(path: string): AsyncGenerator<PackageFile> {
  const archive = extract();
  archive.end(gunzipSync(readFileSync(path)));
  for await (const entry of archive) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    if (entry.header.type === 'file') yield { name: entry.header.name, content: Buffer.concat(chunks) };
  }
}

function* filesOfFolder(folder: string): Generator<PackageFile> {
  const root = existsSync(join(folder, 'package')) ? join(folder, 'package') : folder;
  for (const name of readdirSync(root)) {
    if (NEEDED(name)) yield { name, content: readFileSync(join(root, name)) };
  }
}

function filesOf(path: string): Iterable<PackageFile> | AsyncIterable<PackageFile> {
  if (statSync(path).isDirectory()) return filesOfFolder(path);
  return /\.(tgz|tar\.gz)$/.test(path) ? filesOfArchive(path) : [];
}

/** @returns undefined when there is no package at the path */
async function packageAt(path: string): Promise<FhirPackage | undefined> {
  let name: string | undefined;
  let licence = 'not stated';
  const resources: PackageResource[] = [];
  const hash = createHash('sha256');
  for await (const file of filesOf(path)) {
    if (!NEEDED(file.name)) continue;
    hash.update(file.content);
    const content = JSON.parse(file.content.toString('utf8')) as PackageResource & Record<string, string>;
    if (DESCRIPTION.test(file.name)) {
      name = `${content['name']}#${content['version']}`;
      licence = content['license'] ?? licence;
    } else resources.push(content);
  }
  return name === undefined ? undefined : { name, licence, resources, digest: hash.digest('hex') };
}

/**
 * Reads every package in a folder.
 *
 * @throws ConfigError with one line when the folder or a package in it cannot be read, or when there is no package
 */
export async function packagesIn(folder: string): Promise<FhirPackage[]> {
  let entries: string[];
  try {
    entries = readdirSync(folder).sort();
  } catch {
    throw new ConfigError(`FHIR_PACKAGES_DIR: ${folder} cannot be read`);
  }
  const found: FhirPackage[] = [];
  for (const entry of entries) {
    const loaded = await packageAt(join(folder, entry)).catch((error: Error) => {
      throw new ConfigError(`FHIR_PACKAGES_DIR: ${entry}: ${error.message.split('\n')[0]}`);
    });
    if (loaded) found.push(loaded);
  }
  if (found.length === 0) throw new ConfigError(`FHIR_PACKAGES_DIR: ${folder} holds no FHIR package`);
  return found;
}
