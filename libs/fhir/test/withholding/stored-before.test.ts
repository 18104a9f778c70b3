import { expect, test } from '@jest/globals';
import { formsOf } from '../../src/withholding/forms.ts';

test('what an earlier build stored stays whole for those from whom nothing is withheld', () => {
  const role = {
    resourceType: 'PractitionerRole',
    id: 'r',
    meta: { source: 'https://hapi.plan.example/fhir/Patient/7' },
    organization: { reference: 'Organization/clinic' },
  };
  const conditional = new Map([['Organization/clinic', [['a']]]]);
  expect(formsOf(role, [], conditional, 't')).toEqual([{ audience: ['+a'], resource: role }]);
});
