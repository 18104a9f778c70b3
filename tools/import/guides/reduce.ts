/** Reduces the packages of guides to what a check of profiles reads. */
import type { PackageResource } from '@patient-access/fhir';
import {
  codesOnly,
  type Concepts,
  type DefinitionOf as Of,
  headOf,
  type ValueSetInclude,
  neededElement,
} from '../packages/needed.ts';

type ValueSet = Of<'ValueSet'>;
type CodeSystem = Of<'CodeSystem'>;

const withoutVersion = (canonical: string) => canonical.split('|', 1)[0] ?? canonical;

/** Named in an invariant: `memberOf('http://…')`. */
const VALUE_SET_IN_EXPRESSION = /memberOf\('([^']+)'\)/g;

/**
 * HL7's correction FHIR-56423 takes the versions of code systems out of the patterns of CARIN 2.2.0: no claim that was
 * right before has them.
 */
function corrected(pattern: unknown): unknown {
  if (Array.isArray(pattern)) return pattern.map(corrected);
  if (typeof pattern !== 'object' || pattern === null) return pattern;
  const { version: _version, ...others } = pattern as Record<string, unknown>;
  const kept = 'system' in pattern ? others : pattern;
  return Object.fromEntries(Object.entries(kept).map(([name, value]) => [name, corrected(value)]));
}

const US_CORE = 'http://hl7.org/fhir/us/core/ValueSet';
const CDCREC = 'urn:oid:2.16.840.1.113883.6.238';
const NULL_FLAVOR = 'http://terminology.hl7.org/CodeSystem/v3-NullFlavor';

const codesOf = (system: string, ...codes: string[]): ValueSetInclude => ({
  system,
  concept: codes.map((code) => ({ code })),
});

/** What value sets have besides what their packages, or those that stand in for them, list. */
const ADDED_TO: Readonly<Record<string, ValueSetInclude>> = {
  // PDex 2.0.0 leaves out what its own slices ask for; PDex 2.2.0 has it.
  'http://hl7.org/fhir/us/davinci-pdex/ValueSet/PDexAdjudicationCategoryDiscriminator': {
    system: 'http://hl7.org/fhir/us/davinci-pdex/CodeSystem/PDexAdjudicationDiscriminator',
  },
  // What US Core's pages show since 3.1.1: ‘Other Race’ in 7.0.0, the null flavors in 5.0.1.
  [`${US_CORE}/omb-race-category`]: codesOf(CDCREC, '2131-1'),
  [`${US_CORE}/omb-ethnicity-category`]: codesOf(NULL_FLAVOR, 'ASKU', 'UNK'),
  [`${US_CORE}/detailed-race`]: codesOf(NULL_FLAVOR, 'ASKU', 'OTH', 'UNK'),
  [`${US_CORE}/detailed-ethnicity`]: codesOf(NULL_FLAVOR, 'ASKU', 'OTH', 'UNK'),
  [`${US_CORE}/birthsex`]: codesOf(NULL_FLAVOR, 'ASKU', 'OTH'),
  'http://cts.nlm.nih.gov/fhir/ValueSet/2.16.840.1.113762.1.4.1021.24': codesOf(NULL_FLAVOR, 'ASKU', 'OTH'),
  // The Postal Service has a code for each part of the world where soldiers are.
  [`${US_CORE}/us-core-usps-state`]: codesOf('https://www.usps.com/', 'AA', 'AE', 'AP'),
};

/** Value sets that are in none of the packages, and are whole systems, or that list codes which are not HL7's. */
const WHOLE_SYSTEMS: Readonly<Record<string, string>> = {
  // VSAC's "Healthcare Provider Taxonomy"
  'http://cts.nlm.nih.gov/fhir/ValueSet/2.16.840.1.114222.4.11.1066': 'http://nucc.org/provider-taxonomy',
  // of R4
  'http://hl7.org/fhir/ValueSet/servicerequest-category': 'http://snomed.info/sct',
};

const wholeSystem = (url: string, system: string): ValueSet => ({
  resourceType: 'ValueSet',
  url,
  compose: { include: [{ system }] },
});

function includesOf({ url, compose }: ValueSet): ValueSetInclude[] {
  const [included, added] = [compose?.include ?? [], ADDED_TO[url]];
  const isThere = (more: ValueSetInclude) =>
    included.some(({ system, concept }) => system === more.system && !concept);
  return !added || isThere(added) ? included : [...included, added];
}

interface Filter {
  property: string;
  op: string;
  value: string;
}
interface TreeConcept extends Concepts {
  property?: { code: string; valueCode?: string }[];
  concept?: TreeConcept[];
}

/** The code of each concept with those that it is directly below. HL7 Terminology says them as a property. */
function* parentsIn(concepts: readonly TreeConcept[] = [], above?: string): Generator<[string, string[]]> {
  for (const { code, property = [], concept } of concepts) {
    const said = property.flatMap(({ code: name, valueCode = '' }) =>
      name === 'subsumedBy' ? [valueCode] : [],
    );
    yield [code, above === undefined ? said : [above, ...said]];
    yield* parentsIn(concept, code);
  }
}

/** @returns the codes that are below one, and itself; undefined for another filter, or where nobody lists the codes */
function codesByFilter(system: CodeSystem | undefined, filters: readonly unknown[]): Concepts[] | undefined {
  const [filter, ...others] = filters as Filter[];
  if (!filter || others.length > 0 || filter.property !== 'concept' || filter.op !== 'is-a') return undefined;
  if (system?.content !== 'complete') return undefined;
  const parents = new Map(parentsIn(system.concept as TreeConcept[]));
  const isBelow = (code: string): boolean =>
    code === filter.value || (parents.get(code) ?? []).some((parent) => isBelow(parent));
  return [...parents.keys()].filter(isBelow).map((code) => ({ code }));
}

/** Goes from the wanted profiles to everything that a check of them looks up. */
export class Reduction {
  private readonly byUrl = new Map<string, PackageResource>();
  private readonly reduced = new Map<string, PackageResource>();

  /** @param resources of two with the same canonical, the first counts */
  constructor(resources: readonly PackageResource[]) {
    for (const each of resources) if (!this.byUrl.has(each.url)) this.byUrl.set(each.url, each);
  }

  /** @returns the missing ones among the profiles */
  take(profiles: readonly string[]): string[] {
    for (const canonical of profiles) this.profile(withoutVersion(canonical));
    return profiles.filter((canonical) => !this.reduced.has(withoutVersion(canonical)));
  }

  /** In the order of their canonicals. */
  get resources(): PackageResource[] {
    return [...this.reduced.values()].sort((a, b) => (a.url < b.url ? -1 : 1));
  }

  private found<Kind extends PackageResource['resourceType']>(kind: Kind, url: string): Of<Kind> | undefined {
    const found = this.byUrl.get(url);
    return found?.resourceType === kind ? (found as Of<Kind>) : undefined;
  }

  private profile(url: string): void {
    const definition = this.found('StructureDefinition', url);
    if (!definition?.snapshot || isWhole(this.reduced.get(url))) return;
    const element = definition.snapshot.element.map((each) => neededElement(each, corrected));
    this.reduced.set(url, { ...headOf(definition), snapshot: { element } });
    for (const { type = [], binding, constraint = [] } of element) {
      for (const inner of type.flatMap(({ profile = [] }) => profile)) this.profile(withoutVersion(inner));
      for (const target of type.flatMap(({ targetProfile = [] }) => targetProfile))
        this.typeOf(withoutVersion(target));
      if (binding?.valueSet !== undefined) this.valueSet(withoutVersion(binding.valueSet));
      for (const { expression = '' } of constraint)
        for (const [, named = ''] of expression.matchAll(VALUE_SET_IN_EXPRESSION)) this.valueSet(named);
    }
  }

  /** Of the target of a reference only its type is asked. */
  private typeOf(url: string): void {
    const definition = this.found('StructureDefinition', url);
    const [root] = definition?.snapshot?.element ?? [];
    if (!definition || !root || this.reduced.has(url)) return;
    const { id, path } = root;
    this.reduced.set(url, { ...headOf(definition), snapshot: { element: [{ id, path }] } });
  }

  private valueSet(url: string): void {
    const system = WHOLE_SYSTEMS[url];
    const set = this.found('ValueSet', url) ?? (system === undefined ? undefined : wholeSystem(url, system));
    if (!set || this.reduced.has(url)) return;
    const { resourceType, compose } = set;
    const include = includesOf(set).map((each) => this.include(each));
    const { exclude } = compose ?? {};
    this.reduced.set(url, { resourceType, url, compose: compose && { include, exclude } } as ValueSet);
    for (const { system, concept, valueSet = [] } of [...include, ...(exclude ?? [])]) {
      for (const inner of valueSet) this.valueSet(withoutVersion(inner));
      if (system !== undefined && !concept) this.codeSystem(system);
    }
  }

  /** With the codes that a filter means, as far as the packages say it. */
  private include({ system, concept, filter, valueSet }: ValueSetInclude): ValueSetInclude {
    const listed =
      system === undefined || !filter ? undefined : codesByFilter(this.found('CodeSystem', system), filter);
    const codes = codesOnly(concept) ?? listed;
    return { system, valueSet, filter: listed ? undefined : filter, concept: codes } as ValueSetInclude;
  }

  private codeSystem(url: string): void {
    const system = this.found('CodeSystem', url);
    if (!system) return;
    const { resourceType, content, concept } = system;
    const codes = codesOnly(concept);
    this.reduced.set(url, { resourceType, url, content, ...(codes && { concept: codes }) } as CodeSystem);
  }
}

const isWhole = (resource: PackageResource | undefined): boolean =>
  resource?.resourceType === 'StructureDefinition' && (resource.snapshot?.element.length ?? 0) > 1;
