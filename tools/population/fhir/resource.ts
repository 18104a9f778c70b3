import { isoInstant } from './dates.ts';
import { hl7 } from './systems.ts';

/** A FHIR R4 resource, JSON-ready, elements in the order of the specification. */
export interface SyntheticResource {
  resourceType: string;
  id: string;
  [element: string]: unknown;
}

export interface SyntheticCoding {
  system: string;
  code: string;
  display?: string;
}

export interface Concept {
  coding: SyntheticCoding[];
  text?: string;
}

export interface Reference {
  reference: string;
  display: string;
}

interface Money {
  value: number;
  currency: 'USD';
}

/** Why a record is restricted: v3-ActCode of 42 CFR Part 2 (ETH) and of mental health (PSY) records. */
export type Sensitivity = 'ETH' | 'PSY';

const SENSITIVITY_DISPLAY: Record<Sensitivity, string> = {
  ETH: 'substance abuse information sensitivity',
  PSY: 'psychiatry disorder information sensitivity',
};

/**
 * A concept with a coding. Pass `display` only where it is the code system's own; else leave it undefined and
 * put plain words in `text` (the CARIN rule, and CPT, CDT, NUBC and X12 descriptions are not ours to print).
 */
export function codedConcept(system: string, code: string, display?: string, text?: string): Concept {
  const coding: SyntheticCoding = display === undefined ? { system, code } : { system, code, display };
  const words = text ?? display;
  return words === undefined ? { coding: [coding] } : { coding: [coding], text: words };
}

/** A concept with the code system's display only: for the categories that repeat on every line of a claim. */
export function coded(system: string, code: string, display: string): Concept {
  return { coding: [{ system, code, display }] };
}

/** A concept with plain words and no code system display. */
export function worded(system: string, code: string, text: string): Concept {
  return codedConcept(system, code, undefined, text);
}

export function referenceTo(type: string, id: string, display: string): Reference {
  return { reference: `${type}/${id}`, display };
}

/** Money from whole cents: everything is added in cents, so totals are exact. */
export function money(cents: number): Money {
  return { value: cents / 100, currency: 'USD' };
}

/** Resource.meta; `updatedDay` becomes lastUpdated, a sensitivity becomes the labels "restricted" and why. */
export function meta(profiles: string[], updatedDay: number, sensitivity?: Sensitivity): object {
  const updated = { lastUpdated: isoInstant(updatedDay, 370), profile: profiles };
  if (sensitivity === undefined) return updated;
  const security: SyntheticCoding[] = [
    { system: hl7('v3-Confidentiality'), code: 'R', display: 'restricted' },
    { system: hl7('v3-ActCode'), code: sensitivity, display: SENSITIVITY_DISPLAY[sensitivity] },
  ];
  return { ...updated, security };
}

/** Canonical of a US Core 6.1.0 profile. */
export function usCoreProfile(profile: string): string {
  const id = WITHOUT_PREFIX.has(profile) ? profile : `us-core-${profile}`;
  return `http://hl7.org/fhir/us/core/StructureDefinition/${id}|6.1.0`;
}

/** Profiles of US Core whose ids are their whole names. */
const WITHOUT_PREFIX: ReadonlySet<string> = new Set([
  'head-occipital-frontal-circumference-percentile',
  'pediatric-bmi-for-age',
  'pediatric-weight-for-height',
]);

/** Canonical of a CARIN Blue Button 2.0.0 profile. */
export function c4bb(profile: string): string {
  return `http://hl7.org/fhir/us/carin-bb/StructureDefinition/C4BB-${profile}|2.0.0`;
}

/** Canonical of a profile of CARIN Blue Button for claims without amounts, which are new in 2.2.0. */
export function c4bbBasis(profile: string): string {
  return `http://hl7.org/fhir/us/carin-bb/StructureDefinition/C4BB-${profile}-Basis|2.2.0`;
}

/** Canonical of a CARIN Digital Insurance Card profile. The profiles ask for it without a version. */
export function insuranceCard(profile: string): string {
  return `http://hl7.org/fhir/us/insurance-card/StructureDefinition/C4DIC-${profile}`;
}

/** Canonical of a Da Vinci PDex 2.0.0 profile. */
export function pdexProfile(profile: string): string {
  return `http://hl7.org/fhir/us/davinci-pdex/StructureDefinition/pdex-${profile}|2.0.0`;
}
