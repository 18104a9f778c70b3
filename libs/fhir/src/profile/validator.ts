/** Checks resources against R4's rules and against profiles: those that they claim, or those that are expected of them. */
import { type Around, around, type MemberOf } from '../fhirpath/compile.ts';
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
import { belongsToSlice, foundIn, hasPattern, isFixed, isObject } from './match.ts';
import { r4CodeSystems, r4ValueSets } from './r4-terminology.ts';
import { typeOfTarget } from './reference-target.ts';
import { compileProfile, type Knowledge, type Profile, type Rules, type Slice } from './rules.ts';
import { ElementTrail } from './trail.ts';
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
    else walk.note('profile', profile.type);
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

/** No value of an element that is not sliced. */
const NO_PLACES: readonly number[] = [];

class Validation {
  readonly findings: ProfileFinding[] = [];
  private readonly profiles: ProfileValidator;
  private readonly resource: Resource;
  private readonly around: Around;
  private readonly exists: CodeExists;
  private readonly trail: ElementTrail;

  constructor(profiles: ProfileValidator, resource: Resource, exists: CodeExists) {
    this.profiles = profiles;
    this.resource = resource;
    this.around = around(resource, resource);
    this.exists = exists;
    this.trail = new ElementTrail(resource.resourceType);
  }

  root(rules: Rules): void {
    this.invariants(this.resource, this.resource.resourceType, rules);
    this.below(this.resource, rules);
  }

  /** @param element of what is at the trail, where it is what is wrong, e.g. `.component:systolic` */
  note(rule: ProfileFinding['rule'], expected: string, element = ''): void {
    if (this.findings.length < MAX_FINDINGS)
      this.findings.push({ location: this.trail.location + element, rule, expected });
  }

  private below(value: unknown, rules: Rules): void {
    if (!isObject(value)) return;
    for (const child of rules.children) this.element(value, child);
  }

  private element(parent: Record<string, unknown>, rules: Rules): void {
    const { key, values, isList } = foundIn(parent, rules);
    // Most elements that a profile has rules for are absent, and may be.
    if (values.length === 0 && rules.min === 0 && !hasRequired(rules.slices)) return;
    this.count(values.length, rules, rules);
    const claimed = this.slices(key, values, isList, rules);
    for (let at = 0; at < values.length; at += 1) {
      this.enter(key, at, isList);
      this.value(values[at], rules, key);
      const { types } = rules;
      if (types && (isList || !types.includes(key.slice(rules.name.length))))
        this.note('type', types.join('|'));
      if (rules.isClosed && claimed && !claimed.has(at)) this.note('slice', 'closed');
      this.leave(isList);
    }
  }

  private enter(key: string, at: number, isList: boolean): void {
    this.trail.push(key);
    if (isList) this.trail.push(at);
  }

  private leave(isList: boolean): void {
    this.trail.pop();
    if (isList) this.trail.pop();
  }

  /** @param rules of the element, or of one of its slices */
  private count(found: number, rules: Rules, { name, isChoice }: Rules, slice?: string): void {
    if (found >= rules.min && found <= rules.max) return;
    const element = `.${name}${isChoice ? '[x]' : ''}${slice === undefined ? '' : `:${slice}`}`;
    this.note(found < rules.min ? 'minimum' : 'maximum', bounds(rules), element);
  }

  private value(value: unknown, rules: Rules, key: string): void {
    const { fixed, pattern, binding, targets, profile } = rules;
    if (fixed !== undefined && !isFixed(value, fixed)) this.note('fixed', JSON.stringify(fixed));
    if (pattern !== undefined && !hasPattern(value, pattern)) this.note('pattern', JSON.stringify(pattern));
    if (binding && !isIn(binding.codes, value, this.exists)) this.note('binding', binding.valueSet);
    const target = targets && typeOfTarget(value, this.resource);
    if (targets && target !== undefined && !targets.includes(target)) this.note('target', targets.join('|'));
    const type = rules.isChoice ? key.slice(rules.name.length) : undefined;
    const inner = profile === undefined ? undefined : this.profiles.find(profile);
    if (inner) this.inside(value, type, inner.root);
    this.inside(value, type, rules);
  }

  private inside(value: unknown, type: string | undefined, rules: Rules): void {
    this.invariants(value, type, rules);
    this.below(value, rules);
  }

  private invariants(value: unknown, type: string | undefined, rules: Rules): void {
    for (const { key, isBroken } of rules.invariants)
      if (isBroken(value, type, this.around)) this.note('invariant', key);
  }

  /** @returns places of the values that belong to a slice; undefined when this cannot be decided for all values */
  private slices(
    key: string,
    values: readonly unknown[],
    isList: boolean,
    sliced: Rules,
  ): Set<number> | undefined {
    let claimed = sliced.isClosed ? new Set<number>() : undefined;
    for (const slice of sliced.slices) {
      const own = placesIn(slice, key, values, sliced);
      if (!own) {
        claimed = undefined;
        continue;
      }
      this.count(own.length, slice.rules, sliced, slice.name);
      for (const at of own) {
        claimed?.add(at);
        this.enter(key, at, isList);
        this.value(values[at], slice.rules, key);
        this.leave(isList);
      }
    }
    return claimed;
  }
}

function hasRequired(slices: readonly Slice[]): boolean {
  for (const { rules } of slices) if (rules.min > 0) return true;
  return false;
}

/** @returns places of the values that belong to the slice; undefined if that is unknown of one of them */
function placesIn(
  slice: Slice,
  key: string,
  values: readonly unknown[],
  sliced: Rules,
): readonly number[] | undefined {
  let places: number[] | undefined;
  for (let at = 0; at < values.length; at += 1) {
    const answer = belongsToSlice(values[at], key, sliced, slice);
    if (answer === 'unknown') return undefined;
    if (answer === 'yes') (places ??= []).push(at);
  }
  return places ?? NO_PLACES;
}
