/** A claim's network status has to be what the plan's directory, and members' own records, say of its provider on that day. */
import { population, published } from '@patient-access/population';
import { onceForEach } from './once-for-each.ts';

/** Enough for all preview families and some of every city. */
const MEMBERS = 60;
const PLANS = ['northwind', 'lakeside'];
const SEED = 1;

interface Reference {
  reference: string;
}
interface Coding {
  code?: string;
  system?: string;
}
interface Resource {
  resourceType: string;
  id: string;
  [element: string]: unknown;
}
interface Claim extends Resource {
  use: string;
  provider: Reference;
  billablePeriod: { start: string };
  insurance: { focal: boolean; coverage: Partial<Reference> }[];
}
interface Entry {
  period?: { start?: string; end?: string };
  practitioner?: Reference;
  participatingOrganization?: Reference;
  network?: Reference[];
  extension?: { valueReference?: Reference }[];
}

/** Whose entries of the directory say in which networks they are. */
const networksOf = ({ network, extension = [] }: Entry): Reference[] =>
  network ?? extension.flatMap(({ valueReference }) => valueReference ?? []);

/** @returns the network of the product that a Coverage names by the class `plan` */
function networkOf(coverage: Resource | undefined, directory: readonly Resource[]): string | undefined {
  const classes = (coverage?.['class'] ?? []) as { type: { coding: Coding[] }; value: string }[];
  const plan = classes.find(({ type }) => type.coding.some(({ code }) => code === 'plan'))?.value;
  const product = directory.find(
    ({ resourceType, identifier }) =>
      resourceType === 'InsurancePlan' && (identifier as { value: string }[])[0]?.value === plan,
  );
  return (product?.['network'] as Reference[] | undefined)?.[0]?.reference;
}

/** Every code of network status in a claim; a claim of one provider and one day has one. */
const statusesOf = onceForEach(
  (claim: Claim): ReadonlySet<string> =>
    new Set(
      [...JSON.stringify(claim).matchAll(/"code":"(innetwork|outofnetwork)"/g)].flatMap(
        ([, status]) => status ?? [],
      ),
    ),
);

/** @returns each claim that says otherwise than the directory */
export function networkContradictions(
  records: readonly Resource[],
  directory: readonly Resource[],
): string[] {
  const coverages = new Map(records.map((each) => [`${each.resourceType}/${each.id}`, each]));
  const entries = Map.groupBy(
    directory as unknown as Entry[],
    ({ practitioner, participatingOrganization }) => (practitioner ?? participatingOrganization)?.reference,
  );
  const claims = records.filter(
    ({ resourceType, use }) => resourceType === 'ExplanationOfBenefit' && use === 'claim',
  ) as Claim[];
  return claims.flatMap((claim) => {
    const focal = claim.insurance.find((each) => each.focal)?.coverage.reference ?? '';
    const network = networkOf(coverages.get(focal), directory);
    const { start: day } = claim.billablePeriod;
    const isIn = (entries.get(claim.provider.reference) ?? []).some(
      (entry) =>
        networksOf(entry).some(({ reference }) => reference === network) &&
        (entry.period?.start ?? '') <= day &&
        day <= (entry.period?.end ?? '9999'),
    );
    const expected = isIn ? 'innetwork' : 'outofnetwork';
    const said = [...statusesOf(claim)];
    return said.length === 1 && said[0] === expected
      ? []
      : [`ExplanationOfBenefit/${claim.id} of ${day} says ${said.join(' and ')}, the directory ${expected}`];
  });
}

/**
 * A member's app reads the providers beside the claims, and everybody reads the published directory.
 *
 * @returns what contradicts one of the two in the population of the preview; undefined when nothing does
 */
export function networkGaps(): string | undefined {
  const found = PLANS.flatMap((tenant) => {
    const records = [...population({ tenant, members: MEMBERS, seed: SEED })];
    const directories = {
      "members' records": records,
      directory: published(tenant, SEED)['provider-directory'],
    };
    return Object.entries(directories).flatMap(([name, entries]) =>
      networkContradictions(records, entries).map((each) => `${tenant}, ${name}: ${each}`),
    );
  });
  return found.length > 0 ? found.join('\n') : undefined;
}
