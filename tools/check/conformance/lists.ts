/** Makes the committed list of what the guides ask for, and compares it with the packages. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { definitions, GUIDE_SETS, type GuideSet } from '@patient-access/fhir';
import type { GuideList } from './guide-list.ts';
import { profileNeeds } from './needs.ts';
import { guidePackages } from './packages.ts';
import { searchesOf } from './searches.ts';

const fileOf = (set: GuideSet): string => join(import.meta.dirname, `guides-${set}.json`);

/** @returns the committed lists of a set of guides */
function committedLists(set: GuideSet): GuideList[] {
  return JSON.parse(readFileSync(fileOf(set), 'utf8')) as GuideList[];
}

/**
 * What a plan is asked that follows a set of guides. A plan may move to a later set and keeps what it has, so the lists of the
 * sets before it are asked, too.
 */
export const listsUpTo = (set: GuideSet): GuideList[] =>
  GUIDE_SETS.slice(0, GUIDE_SETS.indexOf(set) + 1).flatMap(committedLists);

/** @returns file and text of the lists of a set, made from the packages; undefined when there are none */
export async function guideLists(
  root: string,
  set: GuideSet,
): Promise<{ file: string; text: string } | undefined> {
  const packages = await guidePackages(root, set);
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
  return { file: fileOf(set), text: `[\n${text.join(',\n')}\n]\n` };
}

/** @returns what to do when a committed list is not that of the packages; undefined when each is, or there are none */
export async function outdatedLists(root: string): Promise<string | undefined> {
  const outdated: string[] = [];
  for (const set of GUIDE_SETS) {
    const made = await guideLists(root, set);
    if (!made) {
      console.log('      the packages of the guides are not here: nothing to compare the lists with');
      return undefined;
    }
    if (made.text !== readFileSync(made.file, 'utf8')) outdated.push(`${made.file}: npm run guide-lists`);
  }
  return outdated.length > 0 ? outdated.join('\n') : undefined;
}
