/** Which types each service has ever given away: its old records are verified by today's table for as long as they are kept. */
import { expect, it } from '@jest/globals';
import { AccessEvent, beyondService } from '../../src/index.ts';

/** A pair stays for ever. Add to it what is new. */
const EVER_GIVEN_AWAY: Readonly<Record<string, string>> = {
  'coverage-service': `Basic Consent Contract Coverage CoverageEligibilityRequest CoverageEligibilityResponse EnrollmentRequest
    EnrollmentResponse Group InsurancePlan MedicationKnowledge Organization OrganizationAffiliation Patient Person RelatedPerson`,
  'claims-service': `Account ChargeItem ChargeItemDefinition Claim ClaimResponse CoverageEligibilityResponse ExplanationOfBenefit
    Invoice PaymentNotice PaymentReconciliation`,
  'clinical-service': `AdverseEvent AllergyIntolerance Appointment AppointmentResponse Binary BiologicallyDerivedProduct
    BodyStructure CarePlan CareTeam ClinicalImpression Communication CommunicationRequest Composition Condition DetectedIssue
    Device DeviceMetric DeviceRequest DeviceUseStatement DiagnosticReport DocumentManifest DocumentReference Encounter Endpoint
    EpisodeOfCare FamilyMemberHistory Flag Goal GuidanceResponse HealthcareService ImagingStudy Immunization
    ImmunizationEvaluation ImmunizationRecommendation List Location MeasureReport Media Medication MedicationAdministration
    MedicationDispense MedicationRequest MedicationStatement MolecularSequence NutritionOrder Observation Practitioner
    PractitionerRole Procedure Provenance Questionnaire QuestionnaireResponse RequestGroup ResearchSubject RiskAssessment
    Schedule ServiceRequest Slot Specimen Substance SupplyDelivery SupplyRequest Task VerificationResult VisionPrescription`,
  'audit-service': 'AuditEvent',
  'auth-service': 'Person',
};
const WHY =
  'its old records would be foreign: keep the type with its former owner in libs/events/src/kinds-of-service.ts';

const event: AccessEvent = {
  requestId: '0192f0c1-2222-7000-8000-000000000000',
  service: 'claims-service',
  tenant: 'northwind',
  recorded: '2026-11-25T10:00:00.000Z',
  kind: 'rest',
  action: 'read',
  outcome: '0',
};

it.each(Object.entries(EVER_GIVEN_AWAY))('%s keeps each type that it has given away', (service, types) => {
  const removed = types
    .split(/\s+/)
    .filter((type) => beyondService(service, { ...event, service, counts: { [type]: 1 } }) !== undefined)
    .map((type) => `${service} ${type}: ${WHY}`);
  expect(removed).toEqual([]);
});
