/** What the published formulary says of drugs is what claims of pharmacies follow. */
import { expect, test } from '@jest/globals';
import { population, published } from '../index.ts';

interface Coded {
  coding: { code: string }[];
}
interface Extension {
  url: string;
  valueBoolean?: boolean;
  valueCodeableConcept?: Coded;
  extension?: Extension[];
}

const formulary = published('lakeside', 1).formulary;
const items = formulary.filter(({ resourceType }) => resourceType === 'Basic') as unknown as {
  extension: Extension[];
  subject: { display: string };
}[];

const of = (extension: readonly Extension[], name: string): Extension[] =>
  extension.filter(({ url }) => url.endsWith(`/usdf-${name}-extension`));

test.each(['PriorAuthorization', 'StepTherapyLimit', 'QuantityLimit'])('says of each drug: %s', (flag) => {
  const said = items.map(({ extension }) => of(extension, flag).map(({ valueBoolean }) => valueBoolean));
  expect(said.filter(({ length }) => length !== 1)).toEqual([]);
  expect(new Set(said.flat())).toEqual(new Set([true, false]));
});

test('details a limit of the quantity where there is one, and nowhere else', () => {
  for (const { extension } of items) {
    const details = of(extension, 'QuantityLimitDetail');
    expect(details).toHaveLength(of(extension, 'QuantityLimit')[0]?.valueBoolean ? 1 : 0);
    for (const detail of details)
      expect(detail.extension?.map(({ url }) => url)).toEqual(['Description', 'Rolling']);
  }
});

test('has three tiers, and costs in a shop and by mail, for one month and for three', () => {
  const tiers = items.map(
    ({ extension }) => of(extension, 'DrugTierID')[0]?.valueCodeableConcept?.coding[0]?.code,
  );
  expect(new Set(tiers)).toEqual(new Set(['generic', 'brand', 'specialty']));
  const plans = formulary.flatMap(
    ({ plan = [] }) => plan as { specificCost: { category: Coded; benefit: { type: Coded }[] }[] }[],
  );
  expect(plans).toHaveLength(3);
  for (const { specificCost } of plans)
    expect(specificCost.map(({ category, benefit }) => [category.coding[0]?.code, benefit.length])).toEqual([
      ['1-month-in-retail', 3],
      ['3-month-in-retail', 2],
      ['1-month-in-mail', 3],
      ['3-month-in-mail', 2],
    ]);
});

test('a drug that the plan rejected at the counter was not handed over', () => {
  const all = [...population({ tenant: 'lakeside', members: 12 })];
  const rejected = all.filter(
    (made) => made.resourceType === 'ExplanationOfBenefit' && /"rejectreason"/.test(JSON.stringify(made)),
  ) as unknown as { prescription: { reference: string }; billablePeriod: { start: string } }[];
  expect(rejected.length).toBeGreaterThan(3);
  const handedOver = new Set(
    all
      .filter(({ resourceType }) => resourceType === 'MedicationDispense')
      .map(
        ({ authorizingPrescription, whenHandedOver }) =>
          `${(authorizingPrescription as { reference: string }[])[0]?.reference} ${String(whenHandedOver).slice(0, 10)}`,
      ),
  );
  const both = rejected.filter(({ prescription, billablePeriod }) =>
    handedOver.has(`${prescription.reference} ${billablePeriod.start}`),
  );
  expect(both).toEqual([]);
});
