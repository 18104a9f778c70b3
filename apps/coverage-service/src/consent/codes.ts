/** A CodeableConcept with one code. */
export const codeableConcept = (system: string, code: string) => ({ coding: [{ system, code }] });

export interface Coding {
  system: string;
  code: string;
}

/** @param text `system|code` */
export function codingOf(text: string): Coding {
  const at = text.indexOf('|');
  return { system: text.slice(0, at), code: text.slice(at + 1) };
}
