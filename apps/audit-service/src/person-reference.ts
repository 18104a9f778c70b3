/** @param fhirUser address of a person, absolute or relative @returns its type and id, as in `Patient/1` */
export const personReference = (fhirUser: string): string => fhirUser.split('/').slice(-2).join('/');
