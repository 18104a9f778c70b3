import type { Line } from './coverage/product.ts';
import type { Persona } from './people/personas.ts';

/** A name on the preview cast; the login is `<given>.<persona>` in lower case. */
interface CastName {
  given: string;
  gender: 'female' | 'male';
}

/** One health plan. Everything that makes two tenants look different is in this table. */
export interface SyntheticPlan {
  name: string;
  planName: string;
  /** Base of the plan's identifier systems; `.example` never resolves (RFC 2606). */
  base: string;
  state: string;
  areaCode: string;
  cities: readonly { city: string; postalCode: string }[];
  /** Family name of each preview family, in order. */
  castFamilies: readonly string[];
  cast: Readonly<Record<Persona, CastName>>;
  /** Given name of the parent who acts for the member who has died; the login is `<given>.representative`. */
  representative: string;
  /** The lines about which the plan answers no balances: apps get what its claims add up to. */
  unanswered: readonly Line[];
  /**
   * For some care it pays one sum for several visits, and the claim of one visit has no amounts. CARIN Blue Button has
   * profiles for that since 2.2.0, so this is of a plan that follows the guides of 2027.
   */
  paysBundles: boolean;
}

const TENANTS: readonly SyntheticPlan[] = [
  {
    name: 'northwind',
    planName: 'Northwind Health Plan',
    base: 'https://northwind.example',
    state: 'WA',
    areaCode: '206',
    cities: [
      { city: 'Seattle', postalCode: '98101' },
      { city: 'Tacoma', postalCode: '98402' },
      { city: 'Spokane', postalCode: '99201' },
      { city: 'Olympia', postalCode: '98501' },
      { city: 'Yakima', postalCode: '98901' },
    ],
    castFamilies: [
      'Castellan',
      'Okafor',
      'Whitlow',
      'Brandt',
      'Moreau',
      'Tanaka',
      'Vance',
      'Ferrara',
      'Holloway',
    ],
    cast: {
      many: { given: 'Maria', gender: 'female' },
      new: { given: 'Nora', gender: 'female' },
      parent: { given: 'Paul', gender: 'male' },
      spouse: { given: 'Selma', gender: 'female' },
      child: { given: 'Cora', gender: 'female' },
      teen: { given: 'Timo', gender: 'male' },
      adult: { given: 'Adam', gender: 'male' },
      denied: { given: 'Denise', gender: 'female' },
      sensitive: { given: 'Samuel', gender: 'male' },
      ordinary: { given: 'Oliver', gender: 'male' },
      complete: { given: 'Clara', gender: 'female' },
      left: { given: 'Leo', gender: 'male' },
      mother: { given: 'Molly', gender: 'female' },
    },
    representative: 'Ruth',
    unanswered: [],
    paysBundles: false,
  },
  {
    name: 'lakeside',
    planName: 'Lakeside Mutual Health',
    base: 'https://lakeside.example',
    state: 'MI',
    areaCode: '313',
    cities: [
      { city: 'Detroit', postalCode: '48201' },
      { city: 'Lansing', postalCode: '48901' },
      { city: 'Ann Arbor', postalCode: '48104' },
      { city: 'Flint', postalCode: '48502' },
      { city: 'Muskegon', postalCode: '49440' },
    ],
    castFamilies: [
      'Dietrich',
      'Salazar',
      'Kowalski',
      'Nakamura',
      'Adeyemi',
      'Lindqvist',
      'Rossi',
      'Halvorsen',
      'Okonkwo',
    ],
    cast: {
      many: { given: 'Manuel', gender: 'male' },
      new: { given: 'Noel', gender: 'male' },
      parent: { given: 'Petra', gender: 'female' },
      spouse: { given: 'Stefan', gender: 'male' },
      child: { given: 'Casper', gender: 'male' },
      teen: { given: 'Tessa', gender: 'female' },
      adult: { given: 'Ada', gender: 'female' },
      denied: { given: 'Derek', gender: 'male' },
      sensitive: { given: 'Sara', gender: 'female' },
      ordinary: { given: 'Olga', gender: 'female' },
      complete: { given: 'Chiara', gender: 'female' },
      left: { given: 'Lena', gender: 'female' },
      mother: { given: 'Mara', gender: 'female' },
    },
    representative: 'Renata',
    unanswered: ['dental'],
    paysBundles: true,
  },
];

export const TENANT_NAMES: readonly string[] = TENANTS.map((tenant) => tenant.name);

/** @throws RangeError naming the tenants there are */
export function tenantNamed(name: string): SyntheticPlan {
  const found = TENANTS.find((tenant) => tenant.name === name);
  if (found === undefined) throw new RangeError(`unknown tenant "${name}": ${TENANT_NAMES.join(', ')}`);
  return found;
}
