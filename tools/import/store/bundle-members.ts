/**
 * Remembers the member of each Bundle that an import splits into resources. A resource that refers to a Bundle belongs
 * to the member of the Bundle's entries.
 */
import {
  type Compartment,
  compartmentOf,
  definitions,
  type Resource,
  CompartmentError,
} from '@patient-access/fhir';

/** The number of remembered Bundles. The oldest is forgotten first. Each takes about 100 bytes, together 10 MB. */
const MAX_BUNDLES = 100_000;
const SEVERAL = Symbol('several');

/** @returns undefined for a resource that belongs to nobody: whoever stores it says why it is rejected */
function compartmentIn(resource: Resource): Compartment | undefined {
  const definition = definitions.get(resource.resourceType);
  try {
    return definition && compartmentOf(definition, resource);
  } catch (error) {
    if (error instanceof CompartmentError) return undefined;
    throw error;
  }
}

export class BundleMembers {
  private readonly members = new Map<string, string | typeof SEVERAL>();

  /** @param bundle id of the Bundle that the resource was an entry of */
  note(bundle: string, resource: Resource): void {
    const compartment = compartmentIn(resource);
    if (compartment?.to !== 'member') return;
    const { member } = compartment;
    const known = this.members.get(bundle);
    this.members.set(bundle, known === undefined || known === member ? member : SEVERAL);
    const [oldest] = this.members.keys();
    if (this.members.size > MAX_BUNDLES && oldest !== undefined) this.members.delete(oldest);
  }

  /** @returns the members of the Bundles that decide whose a resource is, by `Bundle/id`; only Bundles of one member */
  of(resource: Resource): ReadonlyMap<string, string> {
    const definition = definitions.get(resource.resourceType);
    const compartment = definition?.membership.by === 'reference' ? compartmentIn(resource) : undefined;
    const targets = compartment?.to === 'reference' ? compartment.targets : [];
    return new Map(
      targets.flatMap(({ type, id }) => {
        const member = type === 'Bundle' ? this.members.get(id) : undefined;
        return typeof member === 'string' ? [[`Bundle/${id}`, member] as const] : [];
      }),
    );
  }
}
