/** Checks resources against R4's rules and against profiles: those that they claim, or those that are expected of them. */
import type { MemberOf } from '../fhirpath/compile.ts';
import type { Resource } from '../resource.ts';
import { BaseRules, checkBase } from './base-check.ts';
import {
  type CodeSystem,
  type PackageResource,
  type StructureDefinition,
  type ValueSet,
  versionlessCanonical,
} from './definitions.ts';
import {
  type Candidate,
  candidateOf,
  type Candidates,
  expectedOf,
  type ExpectedProfiles,
  leftToOthers,
  nearestOf,
  ofDefaultSet,
} from './expected.ts';
import { MAX_FINDINGS, type ProfileFinding } from './finding.ts';
import { type KnownCodes, NO_KNOWN_CODES, saidDates, type SaidDates } from './known-codes.ts';
import { belongsToSlice, type FoundValue, hasPattern, isFixed, isObject, valuesOf } from './match.ts';
import { r4CodeSystems, r4ValueSets } from './r4-terminology.ts';
import { typeOfTarget } from './reference-target.ts';
import { compileProfile, type Knowledge, type Profile, type Rules } from './rules.ts';
import { type CodeExists, isIn, ValueSets } from './value-sets.ts';

export interface ProfileResult {
  profile: string;
  findings: ProfileFinding[];
}

const R4 = 'http://hl7.org/fhir/StructureDefinition/';

/** What a resource should be, where every resource of its type has to be one of the set's profiles. */
const NONE_MEANT = 'one of the profiles for this type';

const asksSomething = ({ children, invariants }: Rules) => children.length > 0 || invariants.length > 0;

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
  private readonly candidates = new Map<string, Candidates>();
  private readonly expected: ExpectedProfiles;

  /**
   * @param resources of the packages; profiles without a snapshot are ignored
   * @param expected the profiles that may be expected of resources
   * @param codes which codes exist of systems that no package lists
   */
  constructor(
    resources: readonly PackageResource[],
    expected: ExpectedProfiles = ofDefaultSet,
    codes: KnownCodes = NO_KNOWN_CODES,
  ) {
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
      return codes?.filtered.size === 0 ? (value) => isIn(codes, value) : undefined;
    };
    // A profile is for the type of those that are derived from it, also where no package has it itself.
    const bases = new Map(
      profiles.map(({ baseDefinition = '', type }) => [versionlessCanonical(baseDefinition), type]),
    );
    const typeOfProfile = (url: string) => this.definitions.get(url)?.type ?? bases.get(url);
    this.known = { valueSets, memberOf, typeOfProfile, codes };
    this.base = new BaseRules(valueSets, memberOf, codes);
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
   * @returns also the expected profiles, with version, of which nothing is missing, R4 included. What R4 and the guides do
   * not ask takes no profile away: codes that do not exist, and rules of this product.
   */
  judge(resource: Resource): { results: ProfileResult[]; fitting: string[] } {
    const named = namedBy(resource);
    const dates = saidDates(resource);
    const candidates = this.candidatesFor(resource.resourceType);
    const expected = expectedOf(candidates.concrete, resource, named);
    const naming = withProfiles(
      resource,
      expected.map(({ canonical }) => canonical),
    );
    const claimed = named.map((each) => this.find(each)).filter((profile) => profile !== undefined);
    const profiles = new Set([...claimed, ...expected.map(({ profile }) => profile)]);
    const urls = new Set(named.map(versionlessCanonical));
    const isOther = claimed.some((profile) => this.isProfileOf(profile, resource));
    const left = leftToOthers(expected);
    const counts = (profile: string) => urls.has(profile) || !(isOther || left.has(profile));
    // Who names a profile that we know may well have none of those that are expected, and that is no finding.
    const results = [...profiles]
      .map((profile) => this.check(naming, profile, dates))
      .filter(({ profile, findings }) => findings.length === 0 || counts(profile));
    const nearest = expected.length === 0 && !isOther ? nearestOf(candidates, resource) : undefined;
    if (nearest) results.splice(0, Infinity, ...this.withNearest(results, nearest, resource, dates));
    const base = checkBase(this.base, resource, dates);
    const sound = new Set(
      results.filter(({ findings }) => findings.length === 0).map(({ profile }) => profile),
    );
    const fitting = expected.filter(({ profile }) => base.isSound && sound.has(profile.url));
    if (base.findings.length > 0)
      results.unshift({ profile: R4 + resource.resourceType, findings: base.findings });
    return { results, fitting: fitting.map(({ canonical }) => canonical) };
  }

  private check(resource: Resource, profile: Profile, dates: () => SaidDates): ProfileResult {
    const { codes } = this.known;
    const walk = new Validation(this, resource, (system, code) => codes.exists(system, code, dates));
    if (profile.type === resource.resourceType) walk.root(profile.root);
    else walk.note(resource.resourceType, 'profile', profile.type);
    return { profile: profile.url, findings: walk.findings };
  }

  /** Is it for resources of this type, and does it ask more of them than R4? An abstract profile leaves open which. */
  private isProfileOf({ url, type, root }: Profile, { resourceType }: Resource): boolean {
    return type === resourceType && !this.isAbstract(url) && asksSomething(root);
  }

  private isAbstract(canonical: string): boolean {
    return this.definitions.get(versionlessCanonical(canonical))?.abstract ?? false;
  }

  private withNearest(
    results: readonly ProfileResult[],
    nearest: Candidate,
    resource: Resource,
    dates: () => SaidDates,
  ) {
    const naming = withProfiles(resource, [nearest.canonical]);
    const { profile, findings } = this.check(naming, nearest.profile, dates);
    const none = { location: resource.resourceType, rule: 'profile', expected: NONE_MEANT } as const;
    const saysWhy = !this.isAbstract(profile) && findings.length > 0;
    const others = results.filter((result) => result.profile !== profile);
    return [...others, { profile, findings: saysWhy ? findings : [none, ...findings] }];
  }

  private candidatesFor(type: string): Candidates {
    const known = this.candidates.get(type);
    if (known) return known;
    const found = this.expected.of(type).flatMap((canonical) => {
      const profile = this.find(canonical);
      return profile ? [candidateOf(canonical, profile)] : [];
    });
    const concrete = found.filter(({ canonical }) => !this.isAbstract(canonical));
    const [abstract] = found.filter(({ canonical }) => this.isAbstract(canonical));
    const otherwise: Candidate | undefined = abstract ?? (this.expected.isForAll ? concrete[0] : undefined);
    const candidates = { concrete, otherwise };
    this.candidates.set(type, candidates);
    return candidates;
  }
}

class Validation {
  readonly findings: ProfileFinding[] = [];
  private readonly profiles: ProfileValidator;
  private readonly resource: Resource;
  private readonly exists: CodeExists;

  constructor(profiles: ProfileValidator, resource: Resource, exists: CodeExists) {
    this.profiles = profiles;
    this.resource = resource;
    this.exists = exists;
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
    if (binding && !isIn(binding.codes, value, this.exists)) this.note(location, 'binding', binding.valueSet);
    const target = targets && typeOfTarget(value, this.resource);
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
