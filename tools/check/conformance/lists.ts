/** Makes the committed list of what the guides ask for, and compares it with the packages. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { definitions } from '@patient-access/fhir';
import type { GuideList } from './guide-list.ts';
import { profileNeeds } from './needs.ts';
import { guidePackages } from './packages.ts';
import { searchesOf } from './searches.ts';

const FILE = join(import.meta.dirname, 'guides.json');

/** @returns the committed list */
export function committedLists(): GuideList[] {
  return JSON.parse(readFileSync(FILE, 'utf8')) as GuideList[];
}

/** @returns file and text of the list, made from the packages; undefined when there are none */
export async function guideLists(root: string): Promise<{ file: string; text: string } | undefined> {
  const packages = await guidePackages(root);
  if (!packages) return undefined;
  const all = [...definitions.values()];
  const served = new Set(all.flatMap(({ profiles }) => profiles.map(({ url }) => url)));
  const types = new Set(definitions.keys());
  const lists: GuideList[] = packages.map((each) => ({
    package: each.name,
    version: each.version,
    licence: each.licence,
    profiles: profileNeeds(each.files, served),
    searches: searchesOf(each, packages, types),
  }));
  // One line for each profile and type: small, and a change can be read.
  const lines = (items: readonly object[]) =>
    `[\n${items.map((each) => JSON.stringify(each)).join(',\n')}\n]`;
  const text = lists.map(({ profiles, searches, ...head }) => {
    const open = JSON.stringify(head).slice(0, -1);
    return `${open},"profiles":${lines(profiles)},"searches":${lines(searches)}}`;
  });
  return { file: FILE, text: `[\n${text.join(',\n')}\n]\n` };
}

/** @returns what to do when the committed list is not that of the packages; undefined when it is, or there are none */
export async function outdatedLists(root: string): Promise<string | undefined> {
  const made = await guideLists(root);
  if (!made) {
    console.log('      the packages of the guides are not here: nothing to compare the lists with');
    return undefined;
  }
  return made.text === readFileSync(made.file, 'utf8') ? undefined : `${made.file}: npm run guide-lists`;
}
