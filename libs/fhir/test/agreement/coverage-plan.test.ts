/** What a Coverage and the InsurancePlan that it names say of the same costs. */
import { expect, test } from '@jest/globals';
import { costsAgree as agreement } from '../../src/agreement/coverage-plan.ts';
import type { Resource } from '../../src/resource.ts';

const COPAY_TYPE = 'http://terminology.hl7.org/CodeSystem/coverage-copay-type';
const concept = (code: string, system = COPAY_TYPE) => ({ coding: [{ system, code }] });
const words = (valueString: string) => ({
  extension: [
    {
      url: 'http://hl7.org/fhir/us/insurance-card/StructureDefinition/C4DIC-BeneficiaryCostString-extension',
      valueString,
    },
  ],
});

const plan = {
  resourceType: 'InsurancePlan',
  id: 'i',
  identifier: [{ system: 'urn:plan', value: 'HMO20' }],
  plan: [
    {
      identifier: [{ value: 'HMO20-2026' }],
      generalCost: [{ type: concept('deductible'), cost: { value: 500, currency: 'USD' } }],
      specificCost: [
        {
          category: concept('inpthosp'),
          benefit: [
            { type: { text: 'Hospital' }, cost: [{ value: { value: 10 } }, { value: { value: 20 } }] },
          ],
        },
      ],
    },
  ],
} as Resource;

const coverage = (costToBeneficiary: object[], code = 'plan'): Resource => ({
  resourceType: 'Coverage',
  id: 'c',
  class: [{ type: concept(code, 'urn:class'), value: 'HMO20' }],
  costToBeneficiary,
});

test('a Coverage names its plan by its class, and a plan is found by each of its numbers', () => {
  expect([agreement.names(coverage([])), agreement.names(coverage([], 'group'))]).toEqual([
    'HMO20',
    undefined,
  ]);
  expect(agreement.numbersOf(plan)).toEqual(['HMO20', 'HMO20-2026']);
});

test.each<[string, object, string[]]>([
  ['the same sum', { type: concept('deductible'), valueMoney: { value: 500 } }, []],
  [
    'another sum',
    { type: concept('deductible'), valueMoney: { value: 600 } },
    [`costToBeneficiary ${COPAY_TYPE}|deductible`],
  ],
  ['a share in words', { type: concept('inpthosp'), valueMoney: words('20%') }, []],
  [
    'another share',
    { type: concept('inpthosp'), valueMoney: words('30 %') },
    [`costToBeneficiary ${COPAY_TYPE}|inpthosp`],
  ],
  ['words that are no number', { type: concept('inpthosp'), valueMoney: words('see booklet') }, []],
  ['a cost that the plan does not have', { type: concept('televisit'), valueMoney: { value: 5 } }, []],
  ['a cost without a code', { type: { text: 'Visit' }, valueMoney: { value: 5 } }, []],
])('%s', (_, cost, differences) => {
  expect(agreement.differences(coverage([cost]), plan)).toEqual(differences);
});
