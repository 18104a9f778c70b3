/** The parts of a resource that narratives read. Every element may be missing. */

export interface ToldConcept {
  text?: string;
  coding?: { system?: string; code?: string; display?: string }[];
}
export interface ToldReference {
  reference?: string;
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

/** Enclose the target and the name of a reference, until the text is escaped. */
const MARKS = ['\uE000', '\uE001', '\uE002'] as const;
const [BEGIN, NAME, END] = MARKS;
const ANY_MARK = new RegExp(`[${MARKS.join('')}]`, 'g');
const MARKED = new RegExp(`${BEGIN}([^${NAME}]*)${NAME}([^${END}]*)${END}`, 'g');

/**
 * The name of what is referred to. It becomes a link, so that an app from which the target is withheld gets no narrative
 * (withholding/without-references.ts).
 */
export function linkedName({ reference, display }: ToldReference = {}): string | undefined {
  if (display === undefined) return undefined;
  const name = display.replace(ANY_MARK, '');
  return reference === undefined ? name : `${BEGIN}${reference.replace(ANY_MARK, '')}${NAME}${name}${END}`;
}

/** @param text escaped */
export const withLinks = (text: string): string => text.replace(MARKED, '<a href="$1">$2</a>');
