/** Which facility had a contract with which product, and when: claims and the published directory both follow from it. */
import { PLANS } from '../coverage/plans.ts';
import { dayOf, PLANS_START_DAY } from '../fhir/dates.ts';
import type { Contract, FacilityKind } from './facility.ts';

interface Exception {
  kind: FacilityKind;
  /** Place of the city in the plan's list of cities. */
  place: number;
  products: readonly string[];
  /** None: there was never a contract. */
  dates?: Pick<Contract, 'startDay' | 'endDay'>;
}

/** Everything else has a contract since the records begin. */
const EXCEPTIONS: readonly Exception[] = [
  {
    kind: 'clinic',
    place: 1,
    products: ['HMO20', 'PPO50'],
    dates: { startDay: PLANS_START_DAY, endDay: dayOf(2025, 3, 31) },
  },
  { kind: 'clinic', place: 3, products: ['PPO35'], dates: { startDay: dayOf(2024, 7, 1) } },
  { kind: 'hospital', place: 2, products: ['PPO50'], dates: { startDay: dayOf(2025, 1, 1) } },
  { kind: 'recovery', place: 4, products: ['HMO20'] },
  {
    kind: 'dental',
    place: 0,
    products: ['DEN80'],
    dates: { startDay: PLANS_START_DAY, endDay: dayOf(2024, 12, 31) },
  },
  { kind: 'dental', place: 4, products: ['DEN80'], dates: { startDay: dayOf(2024, 4, 1) } },
  {
    kind: 'vision',
    place: 3,
    products: ['VIS10'],
    dates: { startDay: PLANS_START_DAY, endDay: dayOf(2024, 6, 30) },
  },
];

const lineOf = (kind: FacilityKind) => (kind === 'dental' || kind === 'vision' ? kind : 'medical');

/** The contracts of the facility of a kind in a city. */
export function contractsOf(kind: FacilityKind, place: number): Contract[] {
  const products = PLANS.filter(({ line }) => line === lineOf(kind));
  return products.flatMap((plan): Contract[] => {
    const exception = EXCEPTIONS.find(
      (row) => row.kind === kind && row.place === place && row.products.includes(plan.code),
    );
    if (!exception) return [{ plan, startDay: PLANS_START_DAY }];
    return exception.dates ? [{ plan, ...exception.dates }] : [];
  });
}
