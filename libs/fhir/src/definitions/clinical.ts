import {
  date,
  type Definition,
  number,
  inPatientCompartment,
  quantity,
  reference,
  viaReference,
  token,
  usCoreNamed,
  uri,
  usCore,
  pdex,
} from '../definition.ts';

const inCompartment = inPatientCompartment('clinical-service');
const status = { status: token('status') };
const medication = reference('medicationReference', 'Medication');

/** What happened to the member's health: US Core and what else a plan holds. */
export const clinicalDefinitions: Record<string, Definition> = {
  AllergyIntolerance: inCompartment('patient', {
    profiles: [usCore('allergyintolerance')],
    search: { 'clinical-status': token('clinicalStatus'), code: token('code|reaction.substance') },
  }),
  CarePlan: inCompartment('subject', {
    profiles: [usCore('careplan')],
    search: { ...status, category: token('category'), date: date('period') },
  }),
  CareTeam: inCompartment('subject', {
    profiles: [usCore('careteam')],
    search: {
      ...status,
      participant: reference(
        'participant.member',
        'Patient',
        'Practitioner',
        'PractitionerRole',
        'RelatedPerson',
      ),
      role: token('participant.role'),
    },
  }),
  Condition: inCompartment('subject', {
    profiles: [usCore('condition-encounter-diagnosis'), usCore('condition-problems-health-concerns')],
    search: {
      'abatement-date': date('abatementDateTime|abatementPeriod'),
      'asserted-date': date(
        'extension[url=http://hl7.org/fhir/StructureDefinition/condition-assertedDate].valueDateTime',
      ),
      category: token('category'),
      'clinical-status': token('clinicalStatus'),
      code: token('code'),
      encounter: reference('encounter', 'Encounter'),
      'onset-date': date('onsetDateTime|onsetPeriod'),
      'recorded-date': date('recordedDate'),
    },
  }),
  Device: inCompartment('patient', {
    profiles: [usCore('implantable-device'), pdex('device')],
    search: { ...status, type: token('type') },
  }),
  DiagnosticReport: inCompartment('subject', {
    profiles: [usCore('diagnosticreport-lab'), usCore('diagnosticreport-note')],
    search: { ...status, category: token('category'), code: token('code'), date: date('effective[x]') },
  }),
  DocumentReference: inCompartment('subject', {
    profiles: [usCore('documentreference')],
    search: {
      ...status,
      category: token('category'),
      date: date('date'),
      location: uri('content.attachment.url'),
      period: date('context.period'),
      type: token('type'),
    },
    operations: {
      docref: { definition: 'http://hl7.org/fhir/us/core/OperationDefinition/docref|6.1.0' },
    },
  }),
  Encounter: inCompartment('subject', {
    profiles: [usCore('encounter')],
    search: {
      ...status,
      class: token('class'),
      date: date('period'),
      'discharge-disposition': token('hospitalization.dischargeDisposition'),
      identifier: token('identifier'),
      location: reference('location.location', 'Location'),
      type: token('type'),
    },
  }),
  Goal: inCompartment('subject', {
    profiles: [usCore('goal')],
    search: {
      description: token('description'),
      'lifecycle-status': token('lifecycleStatus'),
      'target-date': date('target.dueDate'),
    },
  }),
  Immunization: inCompartment('patient', {
    profiles: [usCore('immunization')],
    search: { ...status, date: date('occurrence[x]') },
  }),
  Media: inCompartment('subject', { search: { ...status } }),
  MedicationDispense: inCompartment('subject', {
    profiles: [usCore('medicationdispense'), pdex('medicationdispense')],
    search: { ...status, medication, type: token('type') },
  }),
  MedicationRequest: inCompartment('subject', {
    profiles: [usCore('medicationrequest')],
    search: {
      ...status,
      authoredon: date('authoredOn'),
      encounter: reference('encounter', 'Encounter'),
      intent: token('intent'),
      medication,
    },
  }),
  Observation: inCompartment('subject', {
    profiles: [
      ...[
        'blood-pressure',
        'bmi',
        'body-height',
        'body-temperature',
        'body-weight',
        'head-circumference',
        'heart-rate',
        'observation-clinical-result',
        'observation-lab',
        'observation-occupation',
        'observation-pregnancyintent',
        'observation-pregnancystatus',
        'observation-screening-assessment',
        'observation-sexual-orientation',
        'pulse-oximetry',
        'respiratory-rate',
        'simple-observation',
        'smokingstatus',
        'vital-signs',
      ].map(usCore),
      ...[
        'head-occipital-frontal-circumference-percentile',
        'pediatric-bmi-for-age',
        'pediatric-weight-for-height',
      ].map(usCoreNamed),
    ],
    search: {
      ...status,
      category: token('category', 'date'),
      code: token('code', 'date'),
      date: date('effective[x]'),
      'value-quantity': quantity('valueQuantity|valueSampledData'),
    },
  }),
  Procedure: inCompartment('subject', {
    profiles: [usCore('procedure')],
    search: { ...status, code: token('code'), date: date('performedDateTime|performedPeriod') },
  }),
  QuestionnaireResponse: inCompartment('subject', {
    profiles: [usCore('questionnaireresponse')],
    search: {
      ...status,
      authored: date('authored'),
      questionnaire: reference('questionnaire', 'Questionnaire'),
    },
  }),
  ServiceRequest: inCompartment('subject', {
    profiles: [usCore('servicerequest')],
    search: { ...status, authored: date('authoredOn'), category: token('category'), code: token('code') },
  }),
  Specimen: inCompartment('subject', { profiles: [usCore('specimen')], search: { ...status } }),
  // The content of a document: the member's own is not enough, a document that the caller may see has to point at it.
  Binary: {
    ...viaReference('clinical-service')('securityContext', {
      interactions: ['read', 'vread', 'history-instance'],
    }),
    visibleThrough: { type: 'DocumentReference', parameter: 'location' },
    content: { mediaType: 'contentType', data: 'data' },
  },
  Communication: inCompartment('subject', { search: { ...status } }),
  CommunicationRequest: inCompartment('subject', { search: { ...status } }),
  Composition: inCompartment('subject', { search: { ...status, date: date('date'), type: token('type') } }),
  DeviceRequest: inCompartment('subject', { search: { ...status } }),
  EpisodeOfCare: inCompartment('patient', { search: { ...status, date: date('period') } }),
  FamilyMemberHistory: inCompartment('patient', { search: { ...status } }),
  Flag: inCompartment('subject', { search: { ...status } }),
  ImagingStudy: inCompartment('subject', { search: { ...status, started: date('started') } }),
  ImmunizationRecommendation: inCompartment('patient', { search: { date: date('date') } }),
  List: inCompartment('subject', { search: { ...status, code: token('code') } }),
  MedicationAdministration: inCompartment('subject', { search: { ...status } }),
  MedicationStatement: inCompartment('subject', { search: { ...status } }),
  Task: inCompartment('for', {
    search: { ...status, code: token('code'), subject: reference('for', 'Patient') },
  }),
  VisionPrescription: inCompartment('patient', { search: { ...status, datewritten: date('dateWritten') } }),
  AdverseEvent: inCompartment('subject', { search: { date: date('date') } }),
  Appointment: inCompartment('participant.actor', { search: { ...status, date: date('start') } }),
  AppointmentResponse: inCompartment('actor'),
  BodyStructure: inCompartment('patient'),
  ClinicalImpression: inCompartment('subject', { search: { ...status } }),
  DetectedIssue: inCompartment('patient'),
  DeviceMetric: viaReference('clinical-service')('source', {
    search: { source: reference('source', 'Device') },
  }),
  DeviceUseStatement: inCompartment('subject'),
  DocumentManifest: inCompartment('subject', { search: { ...status } }),
  GuidanceResponse: inCompartment('subject'),
  ImmunizationEvaluation: inCompartment('patient', { search: { ...status } }),
  MeasureReport: inCompartment('subject', { search: { ...status } }),
  MolecularSequence: inCompartment('patient'),
  NutritionOrder: inCompartment('patient', { search: { ...status } }),
  RequestGroup: inCompartment('subject', { search: { ...status } }),
  ResearchSubject: inCompartment('individual', {
    search: { ...status, individual: reference('individual', 'Patient') },
  }),
  RiskAssessment: inCompartment('subject', {
    search: {
      date: date('occurrenceDateTime|occurrencePeriod'),
      probability: number('prediction.probability[x]'),
    },
  }),
  Schedule: inCompartment('actor'),
  Slot: viaReference('clinical-service')('schedule', {
    search: { ...status, schedule: reference('schedule', 'Schedule'), start: date('start') },
  }),
  SupplyDelivery: inCompartment('patient', { search: { ...status } }),
  SupplyRequest: inCompartment('deliverTo', {
    search: { ...status, subject: reference('deliverTo', 'Patient') },
  }),
  Provenance: viaReference('beside its target')('target', {
    profiles: [usCore('provenance'), pdex('provenance')],
    search: {
      agent: reference(
        'agent.who',
        'Practitioner',
        'PractitionerRole',
        'Organization',
        'RelatedPerson',
        'Patient',
        'Device',
      ),
      patient: { ...reference('target', 'Patient'), namesMember: true },
      recorded: date('recorded'),
      target: reference('target'),
    },
  }),
  VerificationResult: viaReference('clinical-service')('target', { interactions: [] }),
};
