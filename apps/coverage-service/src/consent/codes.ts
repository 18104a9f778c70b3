/** A CodeableConcept with one code. */
export const codeableConcept = (system: string, code: string) => ({ coding: [{ system, code }] });
