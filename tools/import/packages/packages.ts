/** FHIR packages (https://hl7.org/fhir/packages.html) of a folder: archives, or unpacked ones. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type PackageResource, ProfileValidator } from '@patient-access/fhir';
import { ConfigError } from '@patient-access/platform';
import { filesOfTar, type TarFile } from './tar.ts';

/** What a profile check reads of a package; examples are in a folder of their own. */
const DEFINITION = /^(?:package\/)?(?:StructureDefinition|ValueSet|CodeSystem)-[^/]+\.json$/;
const DESCRIPTION = /^(?:package\/)?package\.json$/;
const NEEDED = (name: string) => DEFINITION.test(name) || DESCRIPTION.test(name);

export interface LoadedPackages {
  /** `name#version`, sorted */
  names: string[];
  profiles: ProfileValidator;
}

function* filesOfFolder(folder: string): Generator<TarFile> {
  const root = existsSync(join(folder, 'package')) ? join(folder, 'package') : folder;
  for (const name of readdirSync(root)) {
    if (NEEDED(name)) yield { name, content: readFileSync(join(root, name)) };
  }
}

function filesOf(path: string): Iterable<TarFile> {
  if (statSync(path).isDirectory()) return filesOfFolder(path);
  return /\.(tgz|tar\.gz)$/.test(path) ? filesOfTar(gunzipSync(readFileSync(path))) : [];
}

/** @returns undefined for what is no package */
function packageAt(path: string): { name: string; resources: PackageResource[] } | undefined {
  let name: string | undefined;
  const resources: PackageResource[] = [];
  for (const file of filesOf(path)) {
    if (!NEEDED(file.name)) continue;
    const content = JSON.parse(file.content.toString('utf8')) as PackageResource & Record<string, string>;
    if (DESCRIPTION.test(file.name)) name = `${content['name']}#${content['version']}`;
    else resources.push(content);
  }
  return name === undefined ? undefined : { name, resources };
}

/**
 * Loads every package in a folder.
 *
 * @throws ConfigError in one line when the folder, or a package in it, cannot be read, or holds none
 */
export function loadPackages(folder: string): LoadedPackages {
  let entries: string[];
  try {
    entries = readdirSync(folder).sort();
  } catch {
    throw new ConfigError(`FHIR_PACKAGES_DIR: ${folder} cannot be read`);
  }
  const found = entries.flatMap((entry) => {
    try {
      return packageAt(join(folder, entry)) ?? [];
    } catch (error) {
      throw new ConfigError(`FHIR_PACKAGES_DIR: ${entry}: ${(error as Error).message.split('\n')[0]}`);
    }
  });
  if (found.length === 0) throw new ConfigError(`FHIR_PACKAGES_DIR: ${folder} holds no FHIR package`);
  return {
    names: found.map(({ name }) => name).sort(),
    profiles: new ProfileValidator(found.flatMap(({ resources }) => resources)),
  };
}
