/** Checks resources against R4's rules and against profiles: those that they claim, or those that are expected of them. */
import type { MemberOf } from '../fhirpath/compile.ts';
import type { Resource } from '../resource.ts';
import { baseFindings, BaseRules } from './base-check.ts';
import {
  type CodeSystem,
  type PackageResource,
  type StructureDefinition,
  type ValueSet,
  versionlessCanonical,
} from './definitions.ts';
import { type Candidate, candidateOf, expectedOf, type ExpectedProfiles, ofDefaultSet } from './expected.ts';
import { MAX_FINDINGS, type ProfileFinding, typeInReference } from './finding.ts';
import { belongsToSlice, type FoundValue, hasPattern, isFixed, isObject, valuesOf } from './match.ts';
import { r4CodeSystems, r4ValueSets } from './r4-terminology.ts';
import { compileProfile, type Knowledge, type Profile, type Rules } from './rules.ts';
import { isIn, ValueSets } from './value-sets.ts';

export interface ProfileResult {
  profile: string;
  findings: ProfileFinding[];
}

const R4 = 'http://hl7.org/fhir/StructureDefinition/';

const bounds = ({ min, max }: Rules) => `${min}..${max === Infinity ? '*' : max}`;

function namedBy({ meta }: Resource): string[] {
  const named: unknown = meta?.['profile'];
  return Array.isArray(named) ? named.filter((each) => typeof each === 'string') : [];
}

/** @returns the resource, with these profiles among those that it names */
export const withProfiles = (resource: Resource, canonicals: readonly string[]): Resource =>
  canonicals.length === 0
    ? resource
    : { ...resource, meta: { ...resource.meta, profile: [...namedBy(resource), ...canonicals] } };

export class ProfileValidator {
  private readonly definitions: ReadonlyMap<string, StructureDefinition>;
  private readonly known: Knowledge;
  private readonly base: BaseRules;
  private readonly compiled = new Map<string, Profile>();
  private readonly candidates = new Map<string, readonly Candidate[]>();
  private readonly expected: ExpectedProfiles;

  /**
   * @param resources of the packages; profiles without a snapshot are ignored
   * @param expected the profiles that may be expected of resources
   */
  constructor(resources: readonly PackageResource[], expected: ExpectedProfiles = ofDefaultSet) {
    this.expected = expected;
    const of = <Kind extends PackageResource>(type: Kind['resourceType']) =>
      resources.filter((resource): resource is Kind => resource.resourceType === type);
    const profiles = of<StructureDefinition>('StructureDefinition');
    this.definitions = new Map(profiles.filter(({ snapshot }) => snapshot).map((each) => [each.url, each]));
    const valueSets = new ValueSets(
      [...r4ValueSets(), ...of<ValueSet>('ValueSet')],
      [...r4CodeSystems(), ...of<CodeSystem>('CodeSystem')],
    );
    const memberOf: MemberOf = (url) => {
      const codes = valueSets.expand(url);
      return codes && ((value) => isIn(codes, value));
    };
    const typeOfProfile = (url: string) => this.definitions.get(url)?.type;
    this.known = { valueSets, memberOf, typeOfProfile };
    this.base = new BaseRules(valueSets, memberOf);
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
    const profile = compileProfile(definition, this.known);
    this.compiled.set(url, profile);
    return profile;
  }

  /**
   * Checks the required bindings, targets of references and invariants of R4; and of profiles also cardinalities, fixed
   * values, patterns, types and slices. What it cannot check of a profile is listed in `unchecked` of the profile.
   *
   * @returns a result for R4 if there are findings, and one for each profile in `meta.profile` that a package contains,
   * or that is expected of the resource
   */
  validate(resource: Resource): ProfileResult[] {
    return this.judge(resource).results;
  }

  /**
   * Checks a resource as {@link validate} does, as if it named the profiles that are expected of it: some profiles ask
   * for their own names.
   *
   * @returns also the expected profiles, with version, of which nothing is missing, R4 included
   */
  judge(resource: Resource): { results: ProfileResult[]; fitting: string[] } {
    const named = namedBy(resource);
    const expected = expectedOf(this.candidatesFor(resource.resourceType), resource, named);
    const naming = withProfiles(
      resource,
      expected.map(({ canonical }) => canonical),
    );
    const claimed = named.map((each) => this.find(each)).filter((profile) => profile !== undefined);
    const profiles = new Set([...claimed, ...expected.map(({ profile }) => profile)]);
    const urls = new Set(named.map(versionlessCanonical));
    // Who names other profiles alone may well have none of these, and that is no finding.
    const results = [...profiles]
      .map((profile) => this.check(naming, profile))
      .filter(({ profile, findings }) => findings.length === 0 || urls.size === 0 || urls.has(profile));
    const base = baseFindings(this.base, resource);
    const sound = new Set(
      results.filter(({ findings }) => findings.length === 0).map(({ profile }) => profile),
    );
    const fitting = expected.filter(({ profile }) => base.length === 0 && sound.has(profile.url));
    if (base.length > 0) results.unshift({ profile: R4 + resource.resourceType, findings: base });
    return { results, fitting: fitting.map(({ canonical }) => canonical) };
  }

  private check(resource: Resource, profile: Profile): ProfileResult {
    const walk = new Validation(this, resource);
    if (profile.type === resource.resourceType) walk.root(profile.root);
    else walk.note(resource.resourceType, 'profile', profile.type);
    return { profile: profile.url, findings: walk.findings };
  }

  private candidatesFor(type: string): readonly Candidate[] {
    const known = this.candidates.get(type);
    if (known) return known;
    const candidates = this.expected(type).flatMap((canonical) => {
      const { abstract } = this.definitions.get(versionlessCanonical(canonical)) ?? {};
      const profile = abstract ? undefined : this.find(canonical);
      return profile ? [candidateOf(canonical, profile)] : [];
    });
    this.candidates.set(type, candidates);
    return candidates;
  }
}

class Validation {
  readonly findings: ProfileFinding[] = [];
  private readonly profiles: ProfileValidator;
  private readonly resource: Resource;

  constructor(profiles: ProfileValidator, resource: Resource) {
    this.profiles = profiles;
    this.resource = resource;
  }

  root(rules: Rules): void {
    const { resourceType: type } = this.resource;
    this.invariants(this.resource, type, rules, type);
    this.below(this.resource, rules, type);
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
    // Most elements that a profile has rules for are absent, and may be.
    if (found.length === 0 && rules.min === 0 && !rules.slices.some((slice) => slice.rules.min > 0)) return;
    const here = `${location}.${rules.name}${rules.isChoice ? '[x]' : ''}`;
    this.count(found.length, rules, here);
    const claimed = this.slices(found, rules, location, here);
    for (const [index, { value, at }] of found.entries()) {
      this.value(value, rules, `${location}.${at}`, at);
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

  private value(value: unknown, rules: Rules, location: string, at: string): void {
    const { fixed, pattern, binding, targets, profile } = rules;
    if (fixed !== undefined && !isFixed(value, fixed)) this.note(location, 'fixed', JSON.stringify(fixed));
    if (pattern !== undefined && !hasPattern(value, pattern))
      this.note(location, 'pattern', JSON.stringify(pattern));
    if (binding && !isIn(binding.codes, value)) this.note(location, 'binding', binding.valueSet);
    const target = targets && isObject(value) ? typeInReference(value['reference']) : undefined;
    if (targets && target !== undefined && !targets.includes(target))
      this.note(location, 'target', targets.join('|'));
    const inner = profile === undefined ? undefined : this.profiles.find(profile);
    const type = rules.isChoice ? at.slice(rules.name.length) : undefined;
    for (const each of inner ? [inner.root, rules] : [rules]) {
      this.invariants(value, type, each, location);
      this.below(value, each, location);
    }
  }

  private invariants(value: unknown, type: string | undefined, rules: Rules, location: string): void {
    if (rules.invariants.length === 0) return;
    const around = { resource: this.resource, rootResource: this.resource };
    for (const { key, isBroken } of rules.invariants)
      if (isBroken(value, type, around)) this.note(location, 'invariant', key);
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
      let own = 0;
      for (const answer of answers) if (answer === 'yes') own += 1;
      this.count(own, slice.rules, `${here}:${slice.name}`);
      for (let index = 0; own > 0 && index < found.length; index += 1) {
        const { value, at } = found[index] as FoundValue;
        if (answers[index] !== 'yes') continue;
        claimed.add(index);
        this.value(value, slice.rules, `${location}.${at}`, at);
      }
    }
    return isSure ? claimed : undefined;
  }
}
