/** Checks resources against the profiles that they claim. */
import type { Resource } from '../resource.ts';
import {
  type CodeSystem,
  type PackageResource,
  type StructureDefinition,
  type ValueSet,
  versionlessCanonical,
} from './definitions.ts';
import { belongsToSlice, type FoundValue, hasPattern, isFixed, isObject, valuesOf } from './match.ts';
import { compileProfile, type Profile, type Rules } from './rules.ts';
import { isIn, ValueSets } from './value-sets.ts';

/** A requirement of a profile that the resource does not meet. It never quotes the resource. */
export interface ProfileFinding {
  /** e.g. `Observation.component[0].code` */
  location: string;
  rule: 'minimum' | 'maximum' | 'fixed' | 'pattern' | 'binding' | 'type' | 'target' | 'slice' | 'profile';
  /** what the profile requires: a cardinality, a value set, the name of a slice, types of resource */
  expected: string;
}

export interface ProfileResult {
  profile: string;
  findings: ProfileFinding[];
}

/** The most findings that are reported for one resource. */
const MAX_FINDINGS = 20;

const bounds = ({ min, max }: Rules) => `${min}..${max === Infinity ? '*' : max}`;

export class ProfileValidator {
  private readonly definitions: ReadonlyMap<string, StructureDefinition>;
  private readonly valueSets: ValueSets;
  private readonly compiled = new Map<string, Profile>();

  /** @param resources of the packages; profiles without a snapshot are ignored */
  constructor(resources: readonly PackageResource[]) {
    const of = <Kind extends PackageResource>(type: Kind['resourceType']) =>
      resources.filter((resource): resource is Kind => resource.resourceType === type);
    const profiles = of<StructureDefinition>('StructureDefinition');
    this.definitions = new Map(profiles.filter(({ snapshot }) => snapshot).map((each) => [each.url, each]));
    this.valueSets = new ValueSets(of<ValueSet>('ValueSet'), of<CodeSystem>('CodeSystem'));
  }

  get size(): number {
    return this.definitions.size;
  }

  /** @returns undefined for a profile that is in none of the packages */
  find(canonical: string): Profile | undefined {
    const url = versionlessCanonical(canonical);
    const definition = this.definitions.get(url);
    const known = this.compiled.get(url);
    if (known || !definition) return known;
    const profile = compileProfile(definition, this.valueSets, (each) => this.definitions.get(each)?.type);
    this.compiled.set(url, profile);
    return profile;
  }

  /**
   * Checks cardinalities, fixed values, patterns, required bindings, types, targets of references and slices. It does
   * not check invariants, or bindings to value sets that the packages do not list.
   *
   * @returns a result for each profile in `meta.profile` that a package contains
   */
  validate(resource: Resource): ProfileResult[] {
    const named: unknown = resource.meta?.['profile'];
    if (!Array.isArray(named)) return [];
    const found = named.map((each) => (typeof each === 'string' ? this.find(each) : undefined));
    return [...new Set(found.filter((profile) => profile !== undefined))].map((profile) => {
      const walk = new Validation(this);
      if (profile.type === resource.resourceType) walk.below(resource, profile.root, resource.resourceType);
      else walk.note(resource.resourceType, 'profile', profile.type);
      return { profile: profile.url, findings: walk.findings };
    });
  }
}

/** @returns the resource type in a literal reference (`Type/id`, also absolute); undefined if it names no type */
function targetType(value: unknown): string | undefined {
  const reference = isObject(value) ? value['reference'] : undefined;
  if (typeof reference !== 'string') return undefined;
  return /(?:^|\/)([A-Z][A-Za-z]+)\/[A-Za-z0-9.-]{1,64}(?:\/_history\/[^/]+)?$/.exec(reference)?.[1];
}

class Validation {
  readonly findings: ProfileFinding[] = [];
  private readonly profiles: ProfileValidator;

  constructor(profiles: ProfileValidator) {
    this.profiles = profiles;
  }

  note(location: string, rule: ProfileFinding['rule'], expected: string): void {
    if (this.findings.length < MAX_FINDINGS) this.findings.push({ location, rule, expected });
  }

  below(value: unknown, rules: Rules, location: string): void {
    if (!isObject(value)) return;
    for (const child of rules.children) this.element(value, child, location);
  }

  private element(parent: Record<string, unknown>, rules: Rules, location: string): void {
    const found = valuesOf(parent, rules);
    const here = `${location}.${rules.name}${rules.isChoice ? '[x]' : ''}`;
    this.count(found.length, rules, here);
    const claimed = this.slices(found, rules, location, here);
    for (const [index, { value, at }] of found.entries()) {
      this.value(value, rules, `${location}.${at}`);
      const { types } = rules;
      if (types && !types.some((type) => at === rules.name + type))
        this.note(`${location}.${at}`, 'type', types.join('|'));
      if (rules.isClosed && claimed && !claimed.has(index)) this.note(`${location}.${at}`, 'slice', 'closed');
    }
  }

  private count(found: number, rules: Rules, location: string): void {
    if (found < rules.min) this.note(location, 'minimum', bounds(rules));
    if (found > rules.max) this.note(location, 'maximum', bounds(rules));
  }

  private value(value: unknown, rules: Rules, location: string): void {
    const { fixed, pattern, binding, targets, profile } = rules;
    if (fixed !== undefined && !isFixed(value, fixed)) this.note(location, 'fixed', JSON.stringify(fixed));
    if (pattern !== undefined && !hasPattern(value, pattern))
      this.note(location, 'pattern', JSON.stringify(pattern));
    if (binding && !isIn(binding.codes, value)) this.note(location, 'binding', binding.valueSet);
    const target = targets && targetType(value);
    if (targets && target !== undefined && !targets.includes(target))
      this.note(location, 'target', targets.join('|'));
    const inner = profile === undefined ? undefined : this.profiles.find(profile);
    if (inner) this.below(value, inner.root, location);
    this.below(value, rules, location);
  }

  /** @returns indexes of the values that belong to a slice; undefined when this cannot be decided for all values */
  private slices(
    found: readonly FoundValue[],
    sliced: Rules,
    location: string,
    here: string,
  ): Set<number> | undefined {
    const claimed = new Set<number>();
    let isSure = true;
    for (const slice of sliced.slices) {
      const answers = found.map(({ value, at }) => belongsToSlice(value, at, sliced, slice));
      if (answers.includes('unknown')) {
        isSure = false;
        continue;
      }
      const own = found.filter((_, index) => answers[index] === 'yes');
      for (const [index, answer] of answers.entries()) if (answer === 'yes') claimed.add(index);
      this.count(own.length, slice.rules, `${here}:${slice.name}`);
      for (const { value, at } of own) this.value(value, slice.rules, `${location}.${at}`);
    }
    return isSure ? claimed : undefined;
  }
}
