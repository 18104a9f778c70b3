import { describe, expect, test } from '@jest/globals';
import { FhirClient, launch } from '@patient-access/first-call';
import { previewMembers } from '@patient-access/population';
import { EVERYTHING, world } from '../installation/world.ts';

const { northwind } = world();

interface Eob {
  patient: { reference: string };
}

describe('a login that may see several members', () => {
  const parent = previewMembers(northwind.id).find(({ login }) => login.endsWith('.parent'));
  if (!parent) throw new Error('no parent in the preview');

  test.each(parent.patients.map(({ id, relationship, name }) => [name, relationship, id]))(
    'picks %s (%s), and the token is for this member only',
    async (_name, _relationship, id) => {
      const { login, password } = parent;
      const session = await launch({ ...northwind, login, password, scope: EVERYTHING, patientId: id });
      expect(session.patient).toBe(id);
      const client = new FhirClient(northwind.fhirBase, session.accessToken);
      expect((await client.search('Patient')).map((patient) => patient.id)).toEqual([id]);
      const claims = (await client.search('ExplanationOfBenefit')) as unknown as Eob[];
      expect(claims.length).toBeGreaterThan(0);
      expect(new Set(claims.map(({ patient }) => patient.reference))).toEqual(new Set([`Patient/${id}`]));
      const others = parent.patients.filter((other) => other.id !== id);
      for (const other of others) expect((await client.get(`Patient/${other.id}`)).status).toBe(404);
    },
  );
});
