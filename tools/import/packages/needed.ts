/** What a check of profiles reads of a definition. The whole of it is many times as large. */
import type { PackageResource } from '@patient-access/fhir';

export type DefinitionOf<Kind extends PackageResource['resourceType']> = Extract<
  PackageResource,
  { resourceType: Kind }
>;
type StructureDefinition = DefinitionOf<'StructureDefinition'>;
type Element = NonNullable<StructureDefinition['snapshot']>['element'][number];
type ValueSet = DefinitionOf<'ValueSet'>;
export type ValueSetInclude = NonNullable<ValueSet['compose']>['include'][number];

const isValue = (name: string) => /^(?:fixed|pattern)[A-Z]/.test(name);

/** @param valueOf what is kept of a fixed value or a pattern */
export function neededElement(element: Element, valueOf = (value: unknown) => value): Element {
  const { id, path, min, max, base, type, binding, constraint = [], slicing } = element;
  const errors = constraint.filter(({ severity }) => severity === 'error');
  const values = Object.entries(element).filter(([name]) => isValue(name));
  return {
    ...{ id, path, min, max, base },
    ...Object.fromEntries(values.map(([name, value]) => [name, valueOf(value)])),
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

export interface Concepts {
  code: string;
  concept?: Concepts[];
}

export const codesOnly = (concepts: readonly Concepts[] | undefined): Concepts[] | undefined =>
  concepts?.map(
    ({ code, concept }) => ({ code, ...(concept && { concept: codesOnly(concept) }) }) as Concepts,
  );

/** What a definition is, without what it says. */
export const headOf = ({
  resourceType,
  url,
  type,
  abstract,
  baseDefinition,
}: StructureDefinition): StructureDefinition => ({
  resourceType,
  url,
  type,
  ...(baseDefinition !== undefined && { baseDefinition }),
  ...(abstract && { abstract }),
});

const neededInclude = ({ system, concept, filter, valueSet }: ValueSetInclude): ValueSetInclude =>
  ({ system, concept: codesOnly(concept), filter, valueSet }) as ValueSetInclude;

function neededSet({ resourceType, url, compose }: ValueSet): ValueSet {
  if (!compose) return { resourceType, url };
  const { include = [], exclude = [] } = compose;
  return {
    resourceType,
    url,
    compose: { include: include.map(neededInclude), exclude: exclude.map(neededInclude) },
  };
}

/** @returns a copy with all that a check reads; what is none of these stays as it is */
export function neededOf(definition: PackageResource): PackageResource {
  if (definition.resourceType === 'StructureDefinition') {
    const { element = [] } = definition.snapshot ?? {};
    const snapshot = { element: element.map((each) => neededElement(each)) };
    return { ...headOf(definition), ...(definition.snapshot && { snapshot }) };
  }
  if (definition.resourceType === 'ValueSet') return neededSet(definition);
  if (definition.resourceType === 'CodeSystem') {
    const { resourceType, url, content, concept } = definition;
    return { resourceType, url, content, ...(concept && { concept: codesOnly(concept) as Concepts[] }) };
  }
  return definition;
}
