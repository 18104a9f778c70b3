/** Rules about the coverage under which care was given, and its limits. */
import { resourceName, type Served } from '../../conformance/supported.ts';
import { networkContradictions } from '../../networks.ts';
import { type Balance, type Claim, firstCode } from '../claim.ts';
import { focalCoverage, type PlanRecords } from '../plan-records.ts';
import { type ClaimRule, ofEachClaim } from '../rule.ts';

/** For each kind of claim, the payer types of coverages (Source of Payment Typology) that pay it. */
const PAYS: Readonly<Record<string, RegExp>> = {
  institutional: /^51/,
  professional: /^51/,
  pharmacy: /^51/,
  oral: /^561/,
  vision: /^562/,
};

function outsideCoverage(claim: Claim, plan: PlanRecords): string | false | undefined {
  const coverage = focalCoverage(plan, claim);
  if (!coverage) return 'no coverage';
  const { start, end = '9999' } = coverage.period;
  const { billablePeriod: care, patient, type } = claim;
  if (coverage.beneficiary.reference !== patient.reference) return 'the coverage of somebody else';
  if (!PAYS[firstCode(type)]?.test(firstCode(coverage['type'] as object)))
    return `${firstCode(type)} on another kind of coverage`;
  // The plan of the day of admission pays a whole stay, by its DRG.
  const last = firstCode(claim.subType) === 'inpatient' ? care.start : care.end;
  return (care.start < start || last > end) && `the coverage is from ${start} to ${end}`;
}

function pastLimits(balances: readonly Balance[]): string {
  const limits = balances.flatMap(({ financial = [], benefit = [] }) => [...financial, ...benefit]);
  return limits
    .filter(
      ({ allowedMoney, usedMoney, allowedUnsignedInt, usedUnsignedInt }) =>
        (usedMoney?.value ?? 0) > (allowedMoney?.value ?? Infinity) ||
        (usedUnsignedInt ?? 0) > (allowedUnsignedInt ?? Infinity),
    )
    .map(({ type }) => `more than the limit is used of ${type.text ?? firstCode(type)}`)
    .join('; ');
}

/** Resources with balances: claims, and what the plan answers about today. */
function balancesIn(plan: PlanRecords): [of: Served, Balance[]][] {
  const answers = [...plan.all.values()].filter(
    ({ resourceType }) => resourceType === 'CoverageEligibilityResponse',
  );
  return [
    ...plan.claims.map((claim): [Served, Balance[]] => [claim, claim.benefitBalance ?? []]),
    ...answers.map((answer): [Served, Balance[]] => {
      const insurance = answer['insurance'] as { item?: Balance[] }[];
      return [answer, insurance.flatMap(({ item = [] }) => item)];
    }),
  ];
}

/** @returns the provider about whom an entry of a directory is */
function entryOf(entry: Served): string | undefined {
  const { practitioner, participatingOrganization } = entry as {
    practitioner?: { reference: string };
    participatingOrganization?: { reference: string };
  };
  return (practitioner ?? participatingOrganization)?.reference;
}

function authorizationProblem(claim: Claim, { authorizations }: PlanRecords): string | false | undefined {
  for (const number of claim.preAuthRef ?? []) {
    const found = authorizations.find(({ identifier }) => identifier.some(({ value }) => value === number));
    if (!found?.preAuthRef?.includes(number)) return `nothing was approved as ${number}`;
    const { start, end } = found.billablePeriod;
    const { start: day } = claim.billablePeriod;
    if (day < start || day > end) return `${number} holds from ${start} to ${end}`;
    if (found.patient.reference !== claim.patient.reference) return `${number} is of somebody else`;
  }
  return undefined;
}

const isAuthorized = ({ preAuthRef = [] }: Claim): boolean => preAuthRef.length > 0;

const saysInNetwork = (claim: Claim): boolean => JSON.stringify(claim).includes('"innetwork"');

/** Makes a claim say another network status, wherever it says one. */
const withStatus =
  (from: string, to: string) =>
  (claim: Claim): Served[] => [
    JSON.parse(JSON.stringify(claim).replaceAll(`"${from}"`, `"${to}"`)) as Served,
  ];

export const COVERAGE_RULES: readonly ClaimRule[] = [
  {
    name: 'care is within the coverage, and of a kind that it pays',
    contradictions: ofEachClaim(outsideCoverage),
    faults: [
      {
        what: 'care before the coverage',
        plant: (claim) => {
          claim.billablePeriod.start = '2001-01-01';
          return [claim];
        },
      },
      {
        what: 'a coverage that had ended',
        plant: (claim, plan) => {
          const coverage = focalCoverage(plan, claim);
          return coverage ? [{ ...coverage, period: { start: '2001-01-01', end: '2001-12-31' } }] : [];
        },
      },
      {
        what: 'the coverage of somebody else',
        plant: (claim, plan) => {
          const coverage = focalCoverage(plan, claim);
          return coverage ? [{ ...coverage, beneficiary: { reference: 'Patient/another' } }] : [];
        },
      },
      {
        what: 'a dentist on a medical coverage',
        in: ({ type }) => firstCode(type) === 'professional',
        plant: (claim) => {
          for (const coding of claim.type.coding ?? []) coding.code = 'oral';
          return [claim];
        },
      },
    ],
  },
  {
    name: 'a benefit period is that of the care',
    contradictions: ofEachClaim(
      ({ benefitPeriod: { start, end }, billablePeriod: { start: day } }) =>
        (day < start || day > end) && `the benefit period is from ${start} to ${end}`,
    ),
    faults: [
      {
        what: 'a period to come',
        plant: (claim) => {
          claim.benefitPeriod.start = '2099-01-01';
          return [claim];
        },
      },
      {
        what: 'a period that is over',
        plant: (claim) => {
          claim.benefitPeriod.end = '2001-12-31';
          return [claim];
        },
      },
    ],
  },
  {
    name: 'no more is used than a limit allows',
    contradictions: (plan) =>
      balancesIn(plan).flatMap(([of, balances]) => {
        const found = pastLimits(balances);
        return found ? [`${resourceName(of)}: ${found}`] : [];
      }),
    faults: [
      {
        what: 'money beyond the limit',
        in: ({ benefitBalance = [] }) => benefitBalance.length > 0,
        plant: (claim) => {
          for (const { usedMoney } of claim.benefitBalance?.[0]?.financial ?? [])
            if (usedMoney) usedMoney.value = 1_000_000;
          return [claim];
        },
      },
      {
        what: 'visits beyond the limit',
        in: ({ benefitBalance = [] }) => JSON.stringify(benefitBalance).includes('usedUnsignedInt'),
        plant: (claim) => {
          for (const { financial = [] } of claim.benefitBalance ?? [])
            for (const limit of financial) if ('usedUnsignedInt' in limit) limit.usedUnsignedInt = 1_000;
          return [claim];
        },
      },
    ],
  },
  {
    name: 'a prior authorization that a claim names was approved, and holds on that day',
    contradictions: ofEachClaim(authorizationProblem),
    faults: [
      {
        what: 'a number that nobody gave',
        in: isAuthorized,
        plant: (claim) => [{ ...claim, preAuthRef: ['PA0'] }],
      },
      {
        what: 'an approval that has run out',
        in: isAuthorized,
        plant: (claim, { authorizations }) =>
          authorizations
            .filter(({ preAuthRef = [] }) => preAuthRef.some((each) => claim.preAuthRef?.includes(each)))
            .map((each) => ({ ...each, billablePeriod: { start: '2001-01-01', end: '2001-12-31' } })),
      },
    ],
  },
  {
    name: "the network status follows from what members' apps read of providers",
    contradictions: ({ all }) => networkContradictions([...all.values()], [...all.values()]),
    faults: [
      {
        what: 'contracts that had ended',
        in: saysInNetwork,
        plant: ({ provider }, { all }) =>
          [...all.values()]
            .filter((each) => entryOf(each) === provider.reference)
            .map((each) => ({ ...each, period: { start: '2001-01-01', end: '2001-12-31' } })),
      },
      { what: 'out of network', in: saysInNetwork, plant: withStatus('innetwork', 'outofnetwork') },
    ],
  },
  {
    name: 'the network status follows from the directory',
    contradictions: ({ all, directory }) => networkContradictions([...all.values()], directory),
    faults: [
      { what: 'out of network', in: saysInNetwork, plant: withStatus('innetwork', 'outofnetwork') },
      {
        what: 'in network',
        in: (claim) => JSON.stringify(claim).includes('"outofnetwork"'),
        plant: withStatus('outofnetwork', 'innetwork'),
      },
    ],
  },
];
