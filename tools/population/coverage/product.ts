/** The terms of a plan's products. */

export type Line = 'medical' | 'dental' | 'vision';

/** What a product covers and what the member pays; amounts in cents, coinsurance in percent of the member. */
export interface Plan {
  code: string;
  name: string;
  network: string;
  line: Line;
  /** Source of payment typology code (PHDSC). */
  payerType: string;
  deductibleCents: number;
  outOfPocketMaximumCents: number;
  /** A family's limits: what its members pay counts together. */
  familyDeductibleCents: number;
  familyMaximumCents: number;
  coinsurancePercent: number;
  primaryCopayCents: number;
  specialistCopayCents: number;
  genericCopayCents: number;
  brandCopayCents: number;
}
