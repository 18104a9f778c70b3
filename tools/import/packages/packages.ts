/** Loads the FHIR packages (https://hl7.org/fhir/packages.html) of a folder, as archives or unpacked. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { PackageResource } from '@patient-access/fhir';
import { ConfigError } from '@patient-access/platform/config';
import { extract } from 'tar-stream';
import { addPart } from '../guides/folder-hash.ts';

/** The files of a package that a profile check reads. Examples are in a folder of their own and are left out. */
const DEFINITION = /^(?:package\/)?(?:StructureDefinition|ValueSet|CodeSystem)-[^/]+\.json$/;
const DESCRIPTION = /^(?:package\/)?package\.json$/;
const ARCHIVE = /\.(tgz|tar\.gz)$/;
const NEEDED = (name: string) => DEFINITION.test(name) || DESCRIPTION.test(name);

export interface FhirPackage {
  /** `name#version` */
  name: string;
  licence: string;
  resources: PackageResource[];
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
  return ARCHIVE.test(path) ? filesOfArchive(path) : [];
}

/** What is kept of a definition. */
type Kept = (definition: PackageResource) => PackageResource;

/** @returns undefined when there is no package at the path */
async function packageAt(path: string, kept: Kept): Promise<FhirPackage | undefined> {
  let name: string | undefined;
  let licence = 'not stated';
  const resources: PackageResource[] = [];
  for await (const file of filesOf(path)) {
    if (!NEEDED(file.name)) continue;
    const content = JSON.parse(file.content.toString('utf8')) as PackageResource & Record<string, string>;
    if (DESCRIPTION.test(file.name)) {
      name = `${content['name']}#${content['version']}`;
      licence = content['license'] ?? licence;
    } else resources.push(kept(content));
  }
  return name === undefined ? undefined : { name, licence, resources };
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    throw new ConfigError(`FHIR_PACKAGES_DIR: ${folder} cannot be read`);
  }
}

/**
 * Tells the packages of a folder from others, without unpacking them: that takes a hundred times as long.
 *
 * @returns SHA-256, in hex
 * @throws ConfigError with one line when the folder cannot be read
 */
export function packagesDigest(folder: string): string {
  const hash = createHash('sha256');
  for (const entry of entriesOf(folder)) {
    const path = join(folder, entry);
    if (statSync(path).isDirectory())
      for (const { name, content } of filesOfFolder(path)) addPart(addPart(hash, name), content);
    else if (ARCHIVE.test(path)) addPart(hash, readFileSync(path));
  }
  return hash.digest('hex');
}

/**
 * Reads every package in a folder.
 *
 * @param kept what is kept of each definition: all of it, if left out
 * @throws ConfigError with one line when the folder or a package in it cannot be read, or when there is no package
 */
export async function packagesIn(folder: string, kept: Kept = (all) => all): Promise<FhirPackage[]> {
  const found: FhirPackage[] = [];
  for (const entry of entriesOf(folder)) {
    const loaded = await packageAt(join(folder, entry), kept).catch((error: Error) => {
      throw new ConfigError(`FHIR_PACKAGES_DIR: ${entry}: ${error.message.split('\n')[0]}`);
    });
    if (loaded) found.push(loaded);
  }
  if (found.length === 0) throw new ConfigError(`FHIR_PACKAGES_DIR: ${folder} holds no FHIR package`);
  return found;
}
