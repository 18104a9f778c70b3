/** What one plan serves about the members that the rules look at. */
import type { PublicationName } from '@patient-access/fhir';
import { resourceName, type Served } from '../conformance/supported.ts';
import { type Claim } from './claim.ts';

export interface PlanRecords {
  /** ExplanationOfBenefits that are claims and not prior authorizations */
  claims: readonly Claim[];
  authorizations: readonly Claim[];
  all: ReadonlyMap<string, Served>;
  /** what the plan publishes: its provider directory, and its formulary */
  directory: readonly Served[];
  formulary: readonly Served[];
  /** `YYYY-MM-DD`, the day on which it was served */
  today: string;
}

/** @param published the entries of each publication, by its name */
export function planRecords(
  resources: Iterable<Served>,
  published: Readonly<Record<PublicationName, readonly Served[]>>,
  today: string,
): PlanRecords {
  const all = new Map([...resources].map((resource) => [resourceName(resource), resource]));
  const explanations = [...all.values()].filter(
    ({ resourceType }) => resourceType === 'ExplanationOfBenefit',
  ) as Claim[];
  return {
    claims: explanations.filter(({ use }) => use === 'claim'),
    authorizations: explanations.filter(({ use }) => use === 'preauthorization'),
    all,
    directory: published['provider-directory'],
    formulary: published.formulary,
    today,
  };
}

/** @returns the same records, with some resources in another form */
export const withChanged = (
  { all, directory, formulary, today }: PlanRecords,
  changed: readonly Served[],
): PlanRecords =>
  planRecords(
    new Map([...all, ...changed.map((each) => [resourceName(each), each] as const)]).values(),
    { 'provider-directory': directory, formulary },
    today,
  );

export interface MemberCoverage extends Served {
  period: { start: string; end?: string };
  beneficiary: { reference: string };
  subscriberId: string;
  subscriber: { reference: string };
  relationship: { coding: { code: string }[] };
  order: number;
  class: { type: { coding: { code: string }[] }; value: string }[];
}

export const focalCoverage = ({ all }: PlanRecords, { insurance }: Claim): MemberCoverage | undefined =>
  all.get(insurance.find(({ focal }) => focal)?.coverage.reference ?? '') as MemberCoverage | undefined;

export interface CoveredPatient extends Served {
  birthDate: string;
  gender: string;
  deceasedDateTime?: string;
}

export const claimPatient = ({ all }: PlanRecords, { patient }: Claim): CoveredPatient | undefined =>
  all.get(patient.reference) as CoveredPatient | undefined;
