/**
 * What an app can ask for, in a member's words. A kind is a checkbox on the consent page; the FHIR types behind it
 * are what the granted scopes then name. Every type that the API serves stands here once.
 */
export interface Kind {
  id: string;
  label: string;
  explanation: string;
  types: readonly string[];
}

const kind = (id: string, label: string, explanation: string, types: string): Kind => ({
  id,
  label,
  explanation,
  types: types.split(' '),
});

export const KINDS: readonly Kind[] = [
  kind(
    'contact',
    'Name and contact details',
    'Name, birth date, address, phone, family members on the plan',
    'Patient Person RelatedPerson',
  ),
  kind(
    'coverage',
    'Coverage',
    'The plan, member number, start and end dates, deductibles',
    'Coverage CoverageEligibilityRequest CoverageEligibilityResponse EnrollmentRequest EnrollmentResponse InsurancePlan Contract',
  ),
  kind(
    'claims',
    'Claims and what you paid',
    'Bills from doctors, hospitals and pharmacies, what the plan paid, prior authorizations',
    'ExplanationOfBenefit Claim ClaimResponse Account ChargeItem ChargeItemDefinition Invoice PaymentNotice PaymentReconciliation',
  ),
  kind(
    'conditions',
    'Health conditions',
    'Diagnoses, health concerns, family history, risks',
    'Condition ClinicalImpression RiskAssessment FamilyMemberHistory Flag AdverseEvent DetectedIssue BodyStructure',
  ),
  kind(
    'medicines',
    'Medicines',
    'Prescriptions, what was picked up at the pharmacy, covered drugs',
    'MedicationRequest MedicationDispense MedicationStatement MedicationAdministration Medication MedicationKnowledge',
  ),
  kind('allergies', 'Allergies', 'Allergies and intolerances', 'AllergyIntolerance'),
  kind(
    'vaccines',
    'Vaccines',
    'Shots given and recommended',
    'Immunization ImmunizationEvaluation ImmunizationRecommendation',
  ),
  kind(
    'results',
    'Test results and vital signs',
    'Lab results, blood pressure, weight, imaging, smoking and social history',
    'Observation DiagnosticReport Specimen ImagingStudy Media MolecularSequence',
  ),
  kind(
    'procedures',
    'Procedures and orders',
    'Surgeries, treatments, referrals, orders and messages about care',
    'Procedure ServiceRequest DeviceRequest SupplyRequest SupplyDelivery NutritionOrder VisionPrescription RequestGroup GuidanceResponse Task Communication CommunicationRequest',
  ),
  kind(
    'visits',
    'Visits and appointments',
    'Doctor visits, hospital stays, appointments',
    'Encounter EpisodeOfCare Appointment AppointmentResponse Schedule Slot',
  ),
  kind('plans', 'Care plans and goals', 'Care plans, goals, the care team', 'CarePlan CareTeam Goal'),
  kind(
    'devices',
    'Medical devices',
    'Implants and equipment',
    'Device DeviceMetric DeviceUseStatement BiologicallyDerivedProduct Substance',
  ),
  kind(
    'documents',
    'Documents and notes',
    'Visit notes, letters, questionnaires, agreements on file, where records come from',
    'DocumentReference DocumentManifest Composition Binary List Questionnaire QuestionnaireResponse Basic Consent Provenance',
  ),
  kind(
    'providers',
    'Doctors, hospitals and other providers',
    'Names, specialties and addresses of those who gave care',
    'Practitioner PractitionerRole Organization OrganizationAffiliation Location HealthcareService Endpoint VerificationResult',
  ),
  kind(
    'access',
    'Who has used this data',
    'The record of which apps looked at this data, and when',
    'AuditEvent',
  ),
  kind(
    'programs',
    'Programs and studies',
    'Quality measures, research studies, group programs',
    'ResearchSubject MeasureReport Group',
  ),
];

const BY_TYPE = new Map(KINDS.flatMap((item) => item.types.map((type) => [type, item] as const)));

/** @returns undefined for a type that this API does not serve */
export function kindOf(type: string): Kind | undefined {
  return BY_TYPE.get(type);
}
