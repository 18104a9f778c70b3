/** Whose the Bundles are that an import takes apart: what refers to one belongs to the member of its entries. */
import { compartmentOf, definitions, type Resource, CompartmentError } from '@patient-access/fhir';

/** Of more Bundles nothing is remembered of the oldest: some 100 bytes each, 10 MB together. */
const MAX_BUNDLES = 100_000;
const SEVERAL = Symbol('several');

function memberOf(resource: Resource): string | undefined {
  const definition = definitions.get(resource.resourceType);
  try {
    const compartment = definition && compartmentOf(definition, resource);
    return compartment?.to === 'member' ? compartment.member : undefined;
  } catch (error) {
    if (error instanceof CompartmentError) return undefined;
    throw error;
  }
}

export class BundleMembers {
  private readonly members = new Map<string, string | typeof SEVERAL>();

  /** @param bundle id of the Bundle that the resource was an entry of */
  note(bundle: string, resource: Resource): void {
    const member = memberOf(resource);
    if (member === undefined) return;
    const known = this.members.get(bundle);
    this.members.set(bundle, known === undefined || known === member ? member : SEVERAL);
    const [oldest] = this.members.keys();
    if (this.members.size > MAX_BUNDLES && oldest !== undefined) this.members.delete(oldest);
  }

  /** Members of the Bundles that a resource is placed by, by `Bundle/id`; of those with entries of one member. */
  of(resource: Resource): ReadonlyMap<string, string> {
    const definition = definitions.get(resource.resourceType);
    const compartment =
      definition?.membership.by === 'reference' ? compartmentOf(definition, resource) : undefined;
    const targets = compartment?.to === 'reference' ? compartment.targets : [];
    return new Map(
      targets.flatMap(({ type, id }) => {
        const member = type === 'Bundle' ? this.members.get(id) : undefined;
        return typeof member === 'string' ? [[`Bundle/${id}`, member] as const] : [];
      }),
    );
  }
}
