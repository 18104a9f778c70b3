/** Finds where a plan says one thing twice and differently, as the definitions of the types compare it. */
import { type Definition, definitions, type Resource } from '@patient-access/fhir';

const EXAMPLES = 3;

/** The types of the plan's resources with which others are compared. */
const COMPARED = new Set([...definitions.values()].flatMap(({ agreement }) => agreement?.with ?? []));

export interface Disagreement {
  type: string;
  /** elements and codes, never values */
  where: string;
  resources: number;
  /** ids */
  examples: string[];
}

const NOT_FOUND = (type: string) => `names no stored ${type}`;

/**
 * Sees the resources of one service after the other, in the order in which a service stores them: the plan's own
 * first.
 */
export class AgreementCheck {
  private readonly found = new Map<string, Disagreement>();
  /** the plan's resources of the types that are compared, by type and number */
  private readonly plans = new Map<string, Map<string, Resource>>();

  see(resource: Resource): void {
    const { resourceType: type } = resource;
    const definition = definitions.get(type);
    if (!definition) return;
    if (COMPARED.has(type)) this.learn(resource);
    if (definition.agreement) this.compare(resource, definition.agreement);
  }

  finish(): Disagreement[] {
    return [...this.found.values()].sort((a, b) => b.resources - a.resources);
  }

  private learn(resource: Resource): void {
    const { resourceType: type } = resource;
    const byNumber = this.plans.get(type) ?? new Map<string, Resource>();
    this.plans.set(type, byNumber);
    for (const { agreement } of definitions.values())
      if (agreement?.with === type)
        for (const number of agreement.numbersOf(resource)) byNumber.set(number, resource);
  }

  /** A plan that has stored none of the other type does not use it, and nothing is missing. */
  private compare(resource: Resource, agreement: NonNullable<Definition['agreement']>): void {
    const byNumber = this.plans.get(agreement.with);
    const number = agreement.names(resource);
    if (!byNumber || number === undefined) return;
    const other = byNumber.get(number);
    const differences = other ? agreement.differences(resource, other) : [NOT_FOUND(agreement.with)];
    for (const where of differences) this.note(resource.resourceType, resource.id, where);
  }

  note(type: string, id: string, where: string): void {
    const key = `${type} ${where}`;
    const entry = this.found.get(key) ?? { type, where, resources: 0, examples: [] };
    this.found.set(key, entry);
    entry.resources += 1;
    if (entry.examples.length < EXAMPLES) entry.examples.push(id);
  }
}
