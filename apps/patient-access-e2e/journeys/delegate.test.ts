import { describe, expect, test } from '@jest/globals';
import { FhirClient, launch } from '@patient-access/first-call';
import { EVERYTHING, memberOf, world } from '../installation/world.ts';

const { northwind } = world();

describe('a login that may see several members', () => {
  test('picks one, and the token is that member’s alone', async () => {
    const parent = memberOf(northwind, 'parent');
    const own = await launch({ ...northwind, ...parent, scope: EVERYTHING, patientId: parent.patientId });
    const [coverage] = await new FhirClient(northwind.fhirBase, own.accessToken).search('Coverage');
    expect((coverage?.['beneficiary'] as { reference: string }).reference).toBe(
      `Patient/${parent.patientId}`,
    );
    const related = await new FhirClient(northwind.fhirBase, own.accessToken).search('ExplanationOfBenefit');
    for (const eob of related)
      expect((eob['patient'] as { reference: string }).reference).toBe(`Patient/${parent.patientId}`);
  });
});
