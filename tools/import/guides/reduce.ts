/** Reduces the packages of guides to what a check of profiles reads. */
import type { PackageResource } from '@patient-access/fhir';

type Of<Kind extends PackageResource['resourceType']> = Extract<PackageResource, { resourceType: Kind }>;
type StructureDefinition = Of<'StructureDefinition'>;
type Element = NonNullable<StructureDefinition['snapshot']>['element'][number];
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

const isValue = (name: string) => /^(?:fixed|pattern)[A-Z]/.test(name);

function reducedElement(element: Element): Element {
  const { id, path, min, max, base, type, binding, constraint = [], slicing } = element;
  const errors = constraint.filter(({ severity }) => severity === 'error');
  const values = Object.entries(element).filter(([name]) => isValue(name));
  return {
    ...{ id, path, min, max, base },
    ...Object.fromEntries(values.map(([name, value]) => [name, corrected(value)])),
    type: type?.map(({ code, profile, targetProfile }) => ({ code, profile, targetProfile })),
    binding:
      binding?.strength === 'required' ? { strength: 'required', valueSet: binding.valueSet } : undefined,
    constraint:
      errors.length > 0
        ? errors.map(({ key, severity, expression, source }) => ({ key, severity, expression, source }))
        : undefined,
    slicing: slicing && {
      discriminator: slicing.discriminator?.map(({ type: by, path: at }) => ({ type: by, path: at })),
      rules: slicing.rules,
    },
  } as Element;
}

interface Concepts {
  code: string;
  concept?: Concepts[];
}
const codesOnly = (concepts: readonly Concepts[] | undefined): Concepts[] | undefined =>
  concepts?.map(
    ({ code, concept }) => ({ code, ...(concept && { concept: codesOnly(concept) }) }) as Concepts,
  );

type Include = NonNullable<ValueSet['compose']>['include'][number];

/**
 * PDex 2.0.0 binds a category to a value set without the codes that its own slices ask for. PDex 2.2.0 has their code system in the
 * value set.
 */
const ADDED_TO: Readonly<Record<string, Include>> = {
  'http://hl7.org/fhir/us/davinci-pdex/ValueSet/PDexAdjudicationCategoryDiscriminator': {
    system: 'http://hl7.org/fhir/us/davinci-pdex/CodeSystem/PDexAdjudicationDiscriminator',
  },
};

function includesOf({ url, compose }: ValueSet): Include[] {
  const [included, added] = [compose?.include ?? [], ADDED_TO[url]];
  return !added || included.some(({ system }) => system === added.system) ? included : [...included, added];
}

function reducedSet(set: ValueSet): ValueSet {
  const { resourceType, url, compose } = set;
  const include = includesOf(set).map(({ system, concept, filter, valueSet }) => ({
    ...{ system, filter, valueSet },
    concept: codesOnly(concept),
  }));
  return { resourceType, url, compose: compose && { include, exclude: compose.exclude } } as ValueSet;
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
    const element = definition.snapshot.element.map(reducedElement);
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
    const set = this.found('ValueSet', url);
    if (!set || this.reduced.has(url)) return;
    this.reduced.set(url, reducedSet(set));
    for (const { system, concept, valueSet = [] } of includesOf(set)) {
      for (const inner of valueSet) this.valueSet(withoutVersion(inner));
      if (system !== undefined && !concept) this.codeSystem(system);
    }
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

const headOf = ({ resourceType, url, type, abstract }: StructureDefinition): StructureDefinition => ({
  resourceType,
  url,
  type,
  ...(abstract && { abstract }),
});
