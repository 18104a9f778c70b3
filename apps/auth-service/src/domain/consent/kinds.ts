const kind = <Id extends string>(id: Id, group: 'plan' | 'health' | 'more', types: string) => ({
  id,
  group,
  types: types.split(' ') as readonly string[],
});

/**
 * The kinds of data on the consent page, one checkbox each, in the order and groups of the page. Their words are in
 * pages/texts. The granted scopes name the FHIR types of a kind. Every type that the API serves stands here once.
 */
export const KINDS = [
  kind('contact', 'plan', 'Patient Person RelatedPerson'),
  kind(
    'coverage',
    'plan',
    'Coverage CoverageEligibilityRequest CoverageEligibilityResponse EnrollmentRequest EnrollmentResponse InsurancePlan Contract',
  ),
  kind(
    'claims',
    'plan',
    'ExplanationOfBenefit Claim ClaimResponse Account ChargeItem ChargeItemDefinition Invoice PaymentNotice PaymentReconciliation',
  ),
  kind(
    'conditions',
    'health',
    'Condition ClinicalImpression RiskAssessment FamilyMemberHistory Flag AdverseEvent DetectedIssue BodyStructure',
  ),
  kind(
    'medicines',
    'health',
    'MedicationRequest MedicationDispense MedicationStatement MedicationAdministration Medication MedicationKnowledge',
  ),
  kind('allergies', 'health', 'AllergyIntolerance'),
  kind('vaccines', 'health', 'Immunization ImmunizationEvaluation ImmunizationRecommendation'),
  kind('results', 'health', 'Observation DiagnosticReport Specimen ImagingStudy Media MolecularSequence'),
  kind(
    'procedures',
    'health',
    'Procedure ServiceRequest DeviceRequest SupplyRequest SupplyDelivery NutritionOrder VisionPrescription RequestGroup GuidanceResponse Task Communication CommunicationRequest',
  ),
  kind('visits', 'health', 'Encounter EpisodeOfCare Appointment AppointmentResponse Schedule Slot'),
  kind('plans', 'health', 'CarePlan CareTeam Goal'),
  kind('devices', 'health', 'Device DeviceMetric DeviceUseStatement BiologicallyDerivedProduct Substance'),
  kind(
    'documents',
    'health',
    'DocumentReference DocumentManifest Composition Binary List Questionnaire QuestionnaireResponse Basic Provenance',
  ),
  kind(
    'providers',
    'more',
    'Practitioner PractitionerRole Organization OrganizationAffiliation Location HealthcareService Endpoint VerificationResult',
  ),
  kind('access', 'more', 'AuditEvent Consent'),
  kind('programs', 'more', 'ResearchSubject MeasureReport Group'),
] as const;

export type Kind = (typeof KINDS)[number];
export type KindId = Kind['id'];

const BY_TYPE = new Map<string, Kind>(KINDS.flatMap((item) => item.types.map((type) => [type, item])));

/** @returns undefined for a type that this API does not serve */
export function kindOf(type: string): Kind | undefined {
  return BY_TYPE.get(type);
}
