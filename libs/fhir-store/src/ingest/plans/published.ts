import { type Compartment, CompartmentError, publicationOf } from '@patient-access/fhir';

/**
 * A publication holds the types of its guide, and of these what belongs to nobody.
 *
 * @throws CompartmentError for everything else, at the tenant of a publication
 */
export function refuseUnpublished(tenant: string, type: string, { to }: Compartment): void {
  const publication = publicationOf(tenant);
  if (publication && (to !== 'none' || !Object.hasOwn(publication.profiles, type)))
    throw new CompartmentError(`no resource of a ${publication.title.toLowerCase()}`);
}
