/**
 * The levels for which CMS requires the figures, and the elements of a Coverage that name the contract, plan, state or
 * issuer. Medicare Advantage reports by contract (42 CFR 422.119(f)), Medicaid and CHIP fee for service by state
 * (431.60(f), 457.730(f)), managed care by plan (438.242(b)(5)(iii)), and qualified health plans by issuer (45 CFR
 * 156.221(f)).
 */
import type { Resource } from '@patient-access/fhir';

export interface Unit {
  id: string;
  name?: string;
}

interface Coverage extends Resource {
  class?: { type?: { coding?: { code?: string }[] }; value?: string; name?: string }[];
  contract?: { reference?: string; identifier?: { value?: string }; display?: string }[];
}

interface Organization extends Resource {
  name?: string;
  identifier?: { value?: string }[];
  address?: { state?: string }[];
}

const unit = (id: string | undefined, name?: string): Unit[] =>
  id === undefined ? [] : [{ id, ...(name !== undefined && { name }) }];

/** @param payers the Organizations that the Coverage names as payor */
type UnitsOf = (coverage: Coverage, payers: readonly Organization[]) => Unit[];

export const LEVELS = {
  contract: ({ contract = [] }) =>
    contract.flatMap(({ identifier, reference, display }) => unit(identifier?.value ?? reference, display)),
  plan: ({ class: classes = [] }) =>
    classes
      .filter(({ type }) => type?.coding?.some(({ code }) => code === 'plan'))
      .flatMap(({ value, name }) => unit(value, name)),
  state: (_coverage, payers) => payers.flatMap(({ address = [] }) => unit(address[0]?.state)),
  issuer: (_coverage, payers) =>
    payers.flatMap(({ id, identifier = [], name }) => unit(identifier[0]?.value ?? id, name)),
} as const satisfies Record<string, UnitsOf>;

export type Level = keyof typeof LEVELS;
export const LEVEL_NAMES = Object.keys(LEVELS) as Level[];
