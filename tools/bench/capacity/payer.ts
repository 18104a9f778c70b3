/** A payer, and how its members use their apps. Everything here is an assumption: change it to yours. */
export interface Payer {
  members: number;
  /** resources that come for a member in a year, by database; a claim is an ExplanationOfBenefit with its lines */
  perMemberYear: { claims: number; clinical: number; coverage: number };
  /** years that are served; the rule asks for what there is since 2016 */
  years: number;
  /** of the members, how many have connected an app */
  appShare: number;
  /** how often a day an app fetches what is new of a member, and with what */
  fetchesPerDay: number;
  reads: number;
  pages: number;
  /** logins of a member with an app in a month */
  loginsPerMonth: number;
  /** the busiest hour compared with the mean */
  peak: number;
  /** years for which the trail is kept (45 CFR 164.316(b)(2)) */
  trailYears: number;
}

export const TEN_MILLION: Payer = {
  members: 10_000_000,
  perMemberYear: { claims: 25, clinical: 60, coverage: 3 },
  years: 10,
  appShare: 0.05,
  fetchesPerDay: 4,
  reads: 5,
  pages: 8,
  loginsPerMonth: 2,
  peak: 4,
  trailYears: 6,
};
