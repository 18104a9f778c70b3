/**
 * Top-level elements of each type: the mandatory ones, which every subset of a resource keeps, and what else its summary
 * has (ElementDefinition.min and isSummary of R4, compared with the published definitions by a test). The elements that
 * all types have (id, meta, text …) are the same everywhere and not listed.
 */
const ELEMENTS: Record<string, [mandatory: string, summary: string]> = {
  Account: ['status', 'identifier type name subject servicePeriod coverage owner description'],
  AdverseEvent: [
    'actuality subject',
    'identifier category event encounter date detected recordedDate resultingCondition location seriousness severity outcome recorder contributor suspectEntity subjectMedicalHistory referenceDocument study',
  ],
  AllergyIntolerance: [
    'patient',
    'identifier clinicalStatus verificationStatus type category criticality code asserter',
  ],
  Appointment: [
    'status participant',
    'identifier cancelationReason serviceCategory serviceType specialty appointmentType reasonCode start end',
  ],
  AppointmentResponse: ['appointment participantStatus', 'identifier participantType actor'],
  AuditEvent: ['type recorded agent source', 'subtype action outcome outcomeDesc purposeOfEvent'],
  Basic: ['code', 'identifier subject created author'],
  Binary: ['contentType', 'securityContext url'],
  BiologicallyDerivedProduct: ['', 'identifier'],
  BodyStructure: ['patient', 'identifier active morphology location description'],
  CarePlan: [
    'status intent subject',
    'identifier instantiatesCanonical instantiatesUri basedOn replaces partOf category title description encounter period created author addresses',
  ],
  CareTeam: ['', 'identifier status category name subject encounter period managingOrganization'],
  ChargeItem: [
    'status code subject',
    'identifier context occurrence[x] quantity bodysite enterer enteredDate account',
  ],
  ChargeItemDefinition: [
    'url status',
    'identifier version title derivedFromUri partOf replaces experimental date publisher contact description useContext jurisdiction effectivePeriod code',
  ],
  Claim: ['status type use patient created provider priority insurance', 'billablePeriod insurer'],
  ClaimResponse: ['status type use patient created insurer outcome', 'request total'],
  ClinicalImpression: [
    'status subject',
    'identifier code description encounter effective[x] date assessor problem',
  ],
  Communication: [
    'status',
    'identifier instantiatesCanonical instantiatesUri basedOn partOf statusReason priority subject encounter reasonCode reasonReference',
  ],
  CommunicationRequest: [
    'status',
    'identifier basedOn replaces groupIdentifier priority doNotPerform encounter occurrence[x] authoredOn requester sender reasonCode reasonReference',
  ],
  Composition: [
    'status type date author title',
    'identifier category subject encounter confidentiality custodian event',
  ],
  Condition: [
    'subject',
    'identifier clinicalStatus verificationStatus code bodySite encounter onset[x] recordedDate recorder asserter',
  ],
  Consent: [
    'status scope category',
    'identifier patient dateTime performer organization source[x] policyRule verification provision',
  ],
  Contract: ['', 'identifier version status issued applies subject name title type subType'],
  Coverage: [
    'status beneficiary payor',
    'identifier type policyHolder subscriber subscriberId dependent period order network',
  ],
  CoverageEligibilityRequest: ['status purpose patient created insurer', ''],
  CoverageEligibilityResponse: ['status purpose patient created request outcome insurer', ''],
  DetectedIssue: ['status', 'identifier code severity patient identified[x] author implicated'],
  Device: ['', 'udiCarrier status safety'],
  DeviceMetric: [
    'type category',
    'identifier unit source parent operationalStatus color measurementPeriod calibration',
  ],
  DeviceRequest: [
    'intent code[x] subject',
    'identifier instantiatesCanonical instantiatesUri basedOn priorRequest groupIdentifier status priority encounter occurrence[x] authoredOn requester performerType performer reasonCode reasonReference',
  ],
  DeviceUseStatement: [
    'status subject device',
    'identifier basedOn derivedFrom timing[x] recordedOn source reasonCode reasonReference bodySite',
  ],
  DiagnosticReport: [
    'status code',
    'identifier category subject encounter effective[x] issued performer resultsInterpreter media',
  ],
  DocumentManifest: ['status content', 'masterIdentifier identifier type subject author description'],
  DocumentReference: [
    'status content',
    'masterIdentifier identifier docStatus type category subject date author relatesTo description securityLabel context',
  ],
  Encounter: [
    'status class',
    'identifier type serviceType subject episodeOfCare participant appointment reasonCode reasonReference diagnosis',
  ],
  Endpoint: [
    'status connectionType payloadType address',
    'identifier name managingOrganization period payloadMimeType',
  ],
  EnrollmentRequest: ['', 'status'],
  EnrollmentResponse: ['', 'status'],
  EpisodeOfCare: ['status patient', 'type diagnosis managingOrganization period'],
  ExplanationOfBenefit: [
    'status type use patient created insurer provider outcome insurance',
    'billablePeriod total',
  ],
  FamilyMemberHistory: [
    'status patient relationship',
    'identifier instantiatesCanonical instantiatesUri dataAbsentReason date name sex age[x] estimatedAge deceased[x] reasonCode reasonReference',
  ],
  Flag: ['status code subject', 'identifier category period encounter author'],
  Goal: [
    'lifecycleStatus description subject',
    'achievementStatus category priority start[x] statusDate expressedBy',
  ],
  Group: ['type actual', 'identifier active code name quantity managingEntity'],
  GuidanceResponse: ['module[x] status', 'requestIdentifier identifier'],
  HealthcareService: ['', 'identifier active providedBy category type specialty location name comment photo'],
  ImagingStudy: [
    'status subject',
    'identifier modality encounter started basedOn referrer interpreter endpoint numberOfSeries numberOfInstances procedureReference procedureCode location reasonCode reasonReference note description series',
  ],
  Immunization: ['status vaccineCode patient occurrence[x]', 'primarySource performer note isSubpotent'],
  ImmunizationEvaluation: ['status patient targetDisease immunizationEvent doseStatus', ''],
  ImmunizationRecommendation: ['patient date recommendation', 'identifier'],
  InsurancePlan: ['', 'identifier status type name ownedBy administeredBy coverageArea'],
  Invoice: ['status', 'identifier type subject recipient date totalNet totalGross'],
  List: ['status mode', 'title code subject date source'],
  Location: [
    '',
    'identifier status operationalStatus name description mode type physicalType managingOrganization',
  ],
  MeasureReport: ['status type measure period', 'identifier subject date reporter improvementNotation'],
  Media: [
    'status content',
    'identifier basedOn partOf type modality view subject encounter created[x] issued operator reasonCode bodySite deviceName device height width frames duration',
  ],
  Medication: ['', 'identifier code status manufacturer amount'],
  MedicationAdministration: ['status medication[x] subject effective[x]', 'instantiates partOf performer'],
  MedicationDispense: ['status medication[x]', 'subject whenPrepared'],
  MedicationKnowledge: ['', 'code status manufacturer amount synonym'],
  MedicationRequest: [
    'status intent medication[x] subject',
    'priority doNotPerform reported[x] authoredOn requester performerType instantiatesCanonical instantiatesUri basedOn groupIdentifier',
  ],
  MedicationStatement: [
    'status medication[x] subject',
    'identifier basedOn partOf category context effective[x] dateAsserted',
  ],
  MolecularSequence: [
    'coordinateSystem',
    'identifier type patient specimen device performer quantity referenceSeq variant observedSeq quality readCoverage repository pointer structureVariant',
  ],
  NutritionOrder: ['status intent patient dateTime', 'instantiatesCanonical instantiatesUri orderer'],
  Observation: [
    'status code',
    'identifier basedOn partOf subject focus encounter effective[x] issued performer value[x] hasMember derivedFrom component',
  ],
  Organization: ['', 'identifier active type name partOf'],
  OrganizationAffiliation: [
    '',
    'identifier active period organization participatingOrganization network code specialty location telecom',
  ],
  Patient: [
    '',
    'identifier active name telecom gender birthDate deceased[x] address managingOrganization link',
  ],
  PaymentNotice: ['status created payment recipient amount', ''],
  PaymentReconciliation: ['status created paymentDate paymentAmount', 'period paymentIssuer'],
  Person: ['', 'name telecom gender birthDate managingOrganization active'],
  Practitioner: ['', 'identifier active name telecom address gender birthDate'],
  PractitionerRole: [
    '',
    'identifier active period practitioner organization code specialty location telecom',
  ],
  Procedure: [
    'status subject',
    'identifier instantiatesCanonical instantiatesUri basedOn partOf statusReason category code encounter performed[x] recorder asserter performer location reasonCode reasonReference bodySite outcome',
  ],
  Provenance: ['target recorded agent', ''],
  Questionnaire: [
    'status',
    'url identifier version name title experimental subjectType date publisher contact useContext jurisdiction effectivePeriod code',
  ],
  QuestionnaireResponse: [
    'status',
    'identifier basedOn partOf questionnaire subject encounter authored author source',
  ],
  RelatedPerson: ['patient', 'identifier active relationship name telecom gender birthDate address'],
  RequestGroup: [
    'status intent',
    'identifier instantiatesCanonical instantiatesUri groupIdentifier priority code',
  ],
  ResearchSubject: ['status study individual', 'identifier period'],
  RiskAssessment: ['status subject', 'identifier method code encounter occurrence[x] condition performer'],
  Schedule: ['actor', 'identifier active serviceCategory serviceType specialty planningHorizon'],
  ServiceRequest: [
    'status intent subject',
    'identifier instantiatesCanonical instantiatesUri basedOn replaces requisition category priority doNotPerform code orderDetail quantity[x] encounter occurrence[x] asNeeded[x] authoredOn requester performerType performer locationCode locationReference reasonCode reasonReference specimen bodySite patientInstruction',
  ],
  Slot: ['schedule status start end', 'identifier serviceCategory serviceType specialty appointmentType'],
  Specimen: ['', 'identifier accessionIdentifier status type subject receivedTime condition'],
  Substance: ['code', 'identifier status category description instance ingredient'],
  SupplyDelivery: ['', 'basedOn partOf status occurrence[x]'],
  SupplyRequest: [
    'item[x] quantity',
    'identifier status category priority occurrence[x] authoredOn requester supplier',
  ],
  Task: [
    'status intent',
    'instantiatesCanonical instantiatesUri basedOn groupIdentifier partOf statusReason businessStatus code description focus for encounter executionPeriod lastModified requester owner location',
  ],
  VerificationResult: [
    'status',
    'target targetLocation need statusDate validationType validationProcess failureAction',
  ],
  VisionPrescription: ['status created patient dateWritten prescriber lensSpecification', ''],
};

/** What every type has in its summary. */
const ALWAYS = ['resourceType', 'id', 'meta', 'implicitRules'];

function namesOf(type: string, column: 0 | 1): string[] {
  return (ELEMENTS[type]?.[column] ?? '').split(' ').filter(Boolean);
}

/** @returns element names; choice elements end in `[x]` */
export const mandatoryElements = (type: string): string[] => [...ALWAYS, ...namesOf(type, 0)];

/** The same for the summary, which the mandatory ones are part of. */
export const summaryElements = (type: string): string[] => [...mandatoryElements(type), ...namesOf(type, 1)];
