/** A CodeableConcept of one code. */
export const concept = (system: string, code: string) => ({ coding: [{ system, code }] });
