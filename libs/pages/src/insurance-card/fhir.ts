/** The elements of FHIR R4 that a card is read from. What is stored was validated when it was imported. */

interface Coding {
  system?: string;
  code?: string;
  display?: string;
}

export interface CardConcept {
  coding?: Coding[];
  text?: string;
}

interface Period {
  start?: string;
  end?: string;
}

export interface CardExtension {
  url: string;
  extension?: CardExtension[];
  valueString?: string;
  valueId?: string;
  valueDate?: string;
  valueAnnotation?: { text?: string };
  valueCodeableConcept?: CardConcept;
  valueAttachment?: { contentType?: string; data?: string };
}

export interface CardCost {
  type?: CardConcept;
  valueMoney?: { value?: number; currency?: string; extension?: CardExtension[] };
  valueQuantity?: { value?: number; unit?: string };
}

export interface CardCoverage {
  resourceType: string;
  id: string;
  meta?: { versionId?: string };
  extension?: CardExtension[];
  identifier?: { type?: CardConcept; value?: string }[];
  status?: string;
  subscriberId?: string;
  period?: Period;
  payor?: { reference?: string; display?: string }[];
  class?: { type: CardConcept; value: string; name?: string }[];
  costToBeneficiary?: CardCost[];
}

interface CardName {
  use?: string;
  text?: string;
  given?: string[];
  family?: string;
  suffix?: string[];
  period?: Period;
}

export interface CardPatient {
  resourceType: string;
  id: string;
  meta?: { versionId?: string };
  name?: CardName[];
}

interface Telecom {
  system?: string;
  value?: string;
}

interface Address {
  text?: string;
  line?: string[];
  city?: string;
  state?: string;
  postalCode?: string;
}

export interface CardPayer {
  resourceType: string;
  id: string;
  name?: string;
  telecom?: Telecom[];
  contact?: { purpose?: CardConcept; telecom?: Telecom[]; address?: Address }[];
}

/** What one card is made of. */
export interface CardResources {
  coverage: CardCoverage;
  patient: CardPatient;
  /** absent: the plan has no such Organization, or the payer is no organization */
  payer?: CardPayer;
}

const FORMER: ReadonlySet<string | undefined> = new Set(['old', 'maiden']);

/** @param end a date of FHIR, which may be a month or a year only */
const isPast = (end: string | undefined, today: string): boolean =>
  end !== undefined && end.slice(0, today.length) < today.slice(0, end.length);

/**
 * The names that a person has now. US Core tells those of before by their use or by the end of their period. A name that has
 * ended is kept where there is no other.
 */
export function currentNames(names: readonly CardName[]): CardName[] {
  const today = new Date().toISOString().slice(0, 'yyyy-mm-dd'.length);
  const notFormer = names.filter(({ use }) => !FORMER.has(use));
  const current = notFormer.filter(({ period }) => !isPast(period?.end, today));
  return current.length > 0 ? current : notFormer;
}

const CARD = 'http://hl7.org/fhir/us/insurance-card/StructureDefinition/C4DIC-';

/** @param name of the guide, without `C4DIC-` and `-extension` */
export const extensionsOf = (all: CardExtension[] | undefined, name: string): CardExtension[] =>
  (all ?? []).filter(({ url }) => url === `${CARD}${name}-extension`);

export const partOf = ({ extension }: CardExtension, name: string): CardExtension | undefined =>
  extension?.find(({ url }) => url === name);

/** @returns what people call it: the plan's own words first */
export function wordsFor(concept: CardConcept | undefined): string | undefined {
  const [coding] = concept?.coding ?? [];
  return concept?.text ?? coding?.display ?? coding?.code;
}

export const codesOf = (concept: CardConcept | undefined): string[] =>
  (concept?.coding ?? []).flatMap(({ code }) => (code === undefined ? [] : [code]));

/** @returns telephone numbers, web addresses and the postal address */
export function contactLines(telecom: Telecom[] | undefined, address?: Address): string[] {
  const reached = (telecom ?? [])
    .filter(({ system }) => system === 'phone' || system === 'url')
    .flatMap(({ value }) => (value === undefined ? [] : [value]));
  const town = [address?.city, [address?.state, address?.postalCode].filter(Boolean).join(' ')];
  const postal = address?.text ?? [...(address?.line ?? []), ...town].filter(Boolean).join(', ');
  return postal ? [...reached, postal] : reached;
}
