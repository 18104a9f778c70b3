import { chartCode } from '../care/diagnoses.ts';
import { adherenceOn } from '../complete/us-core-7.ts';
import type { Fill, Prescription } from '../care/prescriptions.ts';
import { isoDate, isoInstant } from '../fhir/dates.ts';
import { codedConcept, meta, pdexProfile, usCoreProfile, type SyntheticResource } from '../fhir/resource.ts';
import { hl7 } from '../fhir/systems.ts';
import { dispensedConcept, medicationReference } from '../reference/medications.ts';
import { memberId, memberReference, type Scope } from '../scope.ts';

/** Prescriptions and what the pharmacy handed over for them. */
export function medicationsOf(scope: Scope, prescriptions: readonly Prescription[]): SyntheticResource[] {
  return prescriptions.flatMap((prescription) => [
    requestOf(scope, prescription),
    // What the plan rejects at the counter is not handed over.
    ...prescription.fills
      .filter(({ rejected }) => !rejected)
      .map((fill) => dispenseOf(scope, prescription, fill)),
  ]);
}

function requestOf(scope: Scope, prescription: Prescription): SyntheticResource {
  const { drug, diagnosis } = prescription;
  // When a medicine is fetched again, the patient says how it was taken.
  const [, refill] = prescription.fills.filter(({ rejected }) => !rejected);
  return {
    resourceType: 'MedicationRequest',
    id: memberId(scope, 'MedicationRequest', prescription.key),
    meta: meta([usCoreProfile('medicationrequest')], prescription.writtenDay + 1, diagnosis.sensitivity),
    status: prescription.isActive ? 'active' : 'completed',
    ...(scope.member.persona === 'complete' && refill && { extension: [adherenceOn(refill.day)] }),
    intent: 'order',
    category: [codedConcept(hl7('medicationrequest-category'), 'community', 'Community')],
    reportedBoolean: false,
    medicationReference: medicationReference(scope.tenant, drug),
    subject: scope.patient,
    encounter: memberReference(scope, 'Encounter', prescription.visitKey, 'Visit at which it was prescribed'),
    authoredOn: isoDate(prescription.writtenDay),
    requester: prescription.prescriber.practitioner,
    reasonCode: [chartCode(diagnosis)],
    dosageInstruction: [dosageOf(prescription)],
    dispenseRequest: {
      numberOfRepeatsAllowed: prescription.refillsAuthorized,
      quantity: { value: drug.quantity, unit: drug.unit },
      expectedSupplyDuration: {
        value: drug.daysSupply,
        unit: 'days',
        system: 'http://unitsofmeasure.org',
        code: 'd',
      },
    },
    substitution: { allowedBoolean: true },
  };
}

function dispenseOf(scope: Scope, prescription: Prescription, fill: Fill): SyntheticResource {
  const { drug, diagnosis, pharmacy, compound } = prescription;
  const kind: readonly [string, string] = fill.number === 0 ? ['FF', 'First Fill'] : ['RF', 'Refill'];
  return {
    resourceType: 'MedicationDispense',
    id: memberId(scope, 'MedicationDispense', `${prescription.key}/${fill.number}`),
    meta: meta(
      compound
        ? [usCoreProfile('medicationdispense')]
        : [usCoreProfile('medicationdispense'), pdexProfile('medicationdispense')],
      fill.day + 1,
      diagnosis.sensitivity,
    ),
    status: 'completed',
    // What the pharmacy mixed itself is no package with an NDC.
    ...(compound
      ? { medicationReference: medicationReference(scope.tenant, drug) }
      : { medicationCodeableConcept: dispensedConcept(drug) }),
    subject: scope.patient,
    context: memberReference(scope, 'Encounter', prescription.visitKey, 'Visit at which it was prescribed'),
    performer: [{ actor: pharmacy.organization }],
    location: pharmacy.location,
    authorizingPrescription: [memberReference(scope, 'MedicationRequest', prescription.key, drug.name)],
    type: codedConcept(hl7('v3-ActCode'), ...kind),
    quantity: { value: drug.quantity, unit: drug.unit },
    daysSupply: { value: drug.daysSupply, unit: 'days', system: 'http://unitsofmeasure.org', code: 'd' },
    whenHandedOver: isoInstant(fill.day, 840),
    dosageInstruction: [dosageOf(prescription)],
    substitution: { wasSubstituted: false },
  };
}

function dosageOf({ drug }: Prescription): object {
  return {
    text: drug.directions,
    timing: { repeat: { frequency: drug.timesPerDay, period: drug.everyDays ?? 1, periodUnit: 'd' } },
    doseAndRate: [{ doseQuantity: { value: 1, unit: drug.unit } }],
  };
}
