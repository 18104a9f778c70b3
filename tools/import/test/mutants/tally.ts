/** Makes mutants of the profiles of a set, and counts which of them the import would find. */
import {
  type PackageResource,
  type ProfileValidator,
  type Resource,
  structureErrors,
} from '@patient-access/fhir';
import type { MutantKind } from './changes.ts';
import { type Draw, drawOf, shuffled } from './draw.ts';
import type { BoundProfile } from './examples.ts';
import { type MutantRule, mutantRules } from './mutate.ts';
import type { JsonObject } from './places.ts';
import { Snapshots } from './snapshot.ts';

/** For each profile, kind and seed, so that a profile with many rules does not outweigh the others. */
const OF_A_KIND = 3;
/** How many rules of a kind are tried for that: most are about something that no example has. */
const TRIED = 40;
const EXAMPLES_TRIED = 4;
export interface Mutant {
  kind: MutantKind;
  /** of which profile, and which of its rules */
  about: string;
  resource: Resource;
  validator: ProfileValidator;
}

export const shortOf = (canonical: string) => canonical.slice(canonical.lastIndexOf('/') + 1);

function mutantOf(
  { kind, rule, breakIn }: MutantRule,
  profile: BoundProfile,
  random: Draw,
): Mutant | undefined {
  for (const example of shuffled(profile.examples, random).slice(0, EXAMPLES_TRIED)) {
    const resource = breakIn(example as unknown as JsonObject, random) as Resource | undefined;
    const { canonical, validator } = profile;
    if (resource) return { kind, about: `${shortOf(canonical)} ${rule}`, resource, validator };
  }
  return undefined;
}

/** Of each profile some mutants of each kind. */
export function* mutantsOf(
  profile: BoundProfile,
  rules: readonly MutantRule[],
  random: Draw,
): Generator<Mutant> {
  for (const alike of Map.groupBy(rules, ({ kind }) => kind).values()) {
    let made = 0;
    for (const rule of shuffled(alike, random).slice(0, TRIED)) {
      if (made === OF_A_KIND) break;
      const mutant = mutantOf(rule, profile, random);
      if (mutant) yield mutant;
      if (mutant) made += 1;
    }
  }
}

const isFound = (validator: ProfileValidator, resource: Resource) =>
  structureErrors(resource).length > 0 ||
  validator.validate(resource).some(({ findings }) => findings.length > 0);

/** The same, as a plan sends it that names no profiles. */
function unnamed({ meta, ...resource }: Resource): Resource {
  const { profile: _profile, ...rest } = meta ?? {};
  return { ...resource, meta: rest } as Resource;
}

export class Tally {
  readonly missed: string[] = [];
  found = 0;
  foundUnnamed = 0;

  get total(): number {
    return this.found + this.missed.length;
  }

  add({ about, resource, validator }: Mutant): void {
    if (isFound(validator, resource)) this.found += 1;
    else this.missed.push(about);
    if (isFound(validator, unnamed(resource))) this.foundUnnamed += 1;
  }
}

const percent = (part: number, of: number) => `${((part / of) * 100).toFixed(1)} %`;

/** @returns what was found of the mutants of all profiles, by kind */
export function tallied(
  definitions: readonly PackageResource[],
  profiles: readonly BoundProfile[],
  seeds: readonly number[],
): Map<MutantKind, Tally> {
  const snapshots = new Snapshots(definitions);
  const tallies = new Map<MutantKind, Tally>();
  for (const profile of profiles) {
    const root = snapshots.root(profile.canonical);
    if (!root || profile.examples.length === 0) continue;
    const rules = mutantRules(snapshots, root);
    for (const seed of seeds)
      for (const mutant of mutantsOf(profile, rules, drawOf(seed))) {
        const tally = tallies.get(mutant.kind) ?? new Tally();
        tallies.set(mutant.kind, tally);
        tally.add(mutant);
      }
  }
  return tallies;
}

/** @returns lines to print, and the part of the mutants that was found */
export function summed(tallies: ReadonlyMap<MutantKind, Tally>): {
  lines: string[];
  total: number;
  rate: number;
} {
  const all = [...tallies.values()];
  const sum = (of: (tally: Tally) => number) => all.reduce((added, each) => added + of(each), 0);
  const [found, unnamed, total] = [
    sum((each) => each.found),
    sum((each) => each.foundUnnamed),
    sum((each) => each.total),
  ];
  const lines = [
    `${found} of ${total} found (${percent(found, total)}); without meta.profile ${unnamed} (${percent(unnamed, total)})`,
    ...[...tallies].map(
      ([kind, each]) =>
        `${kind}: ${each.found} found, ${each.missed.length} missed; without meta.profile ${each.foundUnnamed} found`,
    ),
    ...[...tallies].flatMap(([kind, { missed }]) => missed.map((each) => `missed: ${kind} ${each}`)),
  ];
  return { lines, total, rate: found / total };
}
