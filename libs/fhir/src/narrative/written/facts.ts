/** The parts of a resource that narratives read. Every element may be missing. */

export interface ToldConcept {
  text?: string;
  coding?: { system?: string; code?: string; display?: string }[];
}
export interface ToldReference {
  display?: string;
}
export interface ToldPeriod {
  start?: string;
  end?: string;
}
export interface ToldMoney {
  value?: unknown;
  currency?: string;
}

export const words = (concept?: ToldConcept): string | undefined =>
  concept?.text ?? concept?.coding?.find(({ display }) => display !== undefined)?.display;

export const hasCode = (concept: ToldConcept | undefined, code: string): boolean =>
  concept?.coding?.some((coding) => coding.code === code) ?? false;

/** @returns the number of a decimal, which may have kept the digits it came with (resource.ts) */
export function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  const { rawJSON } = (value ?? {}) as { rawJSON?: string };
  return rawJSON === undefined ? undefined : Number(rawJSON);
}
