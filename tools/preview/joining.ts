/** The preview plan that lets its members make accounts, and a member of it who has none. */
import { joiningMember } from '@patient-access/population';

export const JOINING_PLAN = 'lakeside';

/** What the plan says about her, for the seed of auth-service. */
export function joiningPerson(tenant: string, seed: number, today: string) {
  const { number, patientId, given, family, birthDate, email } = joiningMember(tenant, seed, today);
  const self = { id: patientId, relationship: 'self', name: `${given} ${family}` };
  return {
    tenant,
    opens: { number, patients: [self] },
    person: { number, names: [{ given, family }], birthDate, contacts: [{ email }] },
  };
}
