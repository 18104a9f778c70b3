/** Where invariants are evaluated in a resource: those of a profile, and those of R4. */
import { r4FactsAt, type Resource, resourceShape, type Shape } from '@patient-access/fhir';
import { isJsonObject, type JsonObject, listOf } from '../mutants/places.ts';
import { isChoice, type MutantNode, type Snapshots } from '../mutants/snapshot.ts';

export interface Evaluation {
  key: string;
  expression: string;
  value: unknown;
  /** of a choice, a resource or a datatype, as the import knows it */
  type: string | undefined;
}

/** @returns those of a profile that are errors, at every value that they are about */
export function* ofProfile(
  snapshots: Snapshots,
  root: MutantNode,
  resource: Resource,
): Generator<Evaluation> {
  const whole = resource as unknown as JsonObject;
  const { resourceType } = resource;
  for (const each of errorsOf(root)) yield { ...each, value: resource, type: resourceType };
  for (const chain of snapshots.chainsOf(root)) {
    const [node] = chain.slice(-1) as [MutantNode];
    const errors = errorsOf(node);
    if (errors.length === 0) continue;
    for (const { parent, key, ats } of snapshots.placesOf(whole, chain)) {
      const type = isChoice(node) ? key.slice(node.name.length - '[x]'.length) : undefined;
      const values = listOf(parent[key]).filter((_, at) => ats?.includes(at) ?? true);
      for (const value of values) for (const each of errors) yield { ...each, value, type };
    }
  }
}

const errorsOf = ({ element: { constraint = [] } }: MutantNode) =>
  constraint.flatMap(({ key, severity, expression }) =>
    severity === 'error' && expression !== undefined ? [{ key, expression }] : [],
  );

/** @returns those of R4, of types and of elements */
export function* ofR4(resource: Resource): Generator<Evaluation> {
  const shape = resourceShape(resource.resourceType);
  if (shape) yield* within(resource as unknown as JsonObject, shape, resource.resourceType);
}

function* within(value: JsonObject, shape: Shape, type: string): Generator<Evaluation> {
  for (const name of shape.types)
    for (const each of r4FactsAt(name)?.invariants ?? []) yield { ...each, value, type };
  for (const [name, found] of Object.entries(value)) {
    const rule = shape.elements.get(name);
    if (!rule) continue;
    const path = rule.type.startsWith('#') ? rule.type.slice(1) : rule.path;
    for (const item of listOf(found)) {
      for (const each of r4FactsAt(path)?.invariants ?? []) yield { ...each, value: item, type: rule.type };
      if (isJsonObject(item) && rule.shape) yield* within(item, rule.shape(), rule.type);
    }
  }
}
