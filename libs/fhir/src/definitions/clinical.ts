import {
  date,
  type Definition,
  number,
  ofMember,
  quantity,
  reference,
  throughTarget,
  token,
  ofUsCore,
  uri,
  usCore,
  pdex,
} from '../definition.ts';

const member = ofMember('clinical-service');
const status = { status: token('status') };
const medication = reference('medicationReference', 'Medication');

/** What happened to the member's health: US Core and what else a plan holds. */
export const clinicalDefinitions: Record<string, Definition> = {
  AllergyIntolerance: member('patient', {
    profiles: [usCore('allergyintolerance')],
    search: { 'clinical-status': token('clinicalStatus'), code: token('code|reaction.substance') },
  }),
  CarePlan: member('subject', {
    profiles: [usCore('careplan')],
    search: { ...status, category: token('category'), date: date('period') },
  }),
  CareTeam: member('subject', {
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
  Condition: member('subject', {
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
  Device: member('patient', {
    profiles: [usCore('implantable-device'), pdex('device')],
    search: { ...status, type: token('type') },
  }),
  DiagnosticReport: member('subject', {
    profiles: [usCore('diagnosticreport-lab'), usCore('diagnosticreport-note')],
    search: { ...status, category: token('category'), code: token('code'), date: date('effective[x]') },
  }),
  DocumentReference: member('subject', {
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
  Encounter: member('subject', {
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
  Goal: member('subject', {
    profiles: [usCore('goal')],
    search: {
      description: token('description'),
      'lifecycle-status': token('lifecycleStatus'),
      'target-date': date('target.dueDate'),
    },
  }),
  Immunization: member('patient', {
    profiles: [usCore('immunization')],
    search: { ...status, date: date('occurrence[x]') },
  }),
  Media: member('subject', { search: { ...status } }),
  MedicationDispense: member('subject', {
    profiles: [usCore('medicationdispense'), pdex('medicationdispense')],
    search: { ...status, medication, type: token('type') },
  }),
  MedicationRequest: member('subject', {
    profiles: [usCore('medicationrequest')],
    search: {
      ...status,
      authoredon: date('authoredOn'),
      encounter: reference('encounter', 'Encounter'),
      intent: token('intent'),
      medication,
    },
  }),
  Observation: member('subject', {
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
      ].map(ofUsCore),
    ],
    search: {
      ...status,
      category: token('category', 'date'),
      code: token('code', 'date'),
      date: date('effective[x]'),
      'value-quantity': quantity('valueQuantity|valueSampledData'),
    },
  }),
  Procedure: member('subject', {
    profiles: [usCore('procedure')],
    search: { ...status, code: token('code'), date: date('performedDateTime|performedPeriod') },
  }),
  QuestionnaireResponse: member('subject', {
    profiles: [usCore('questionnaireresponse')],
    search: {
      ...status,
      authored: date('authored'),
      questionnaire: reference('questionnaire', 'Questionnaire'),
    },
  }),
  ServiceRequest: member('subject', {
    profiles: [usCore('servicerequest')],
    search: { ...status, authored: date('authoredOn'), category: token('category'), code: token('code') },
  }),
  Specimen: member('subject', { profiles: [usCore('specimen')], search: { ...status } }),
  // The content of a document: the member's own is not enough, a document that the caller may see has to point at it.
  Binary: {
    ...throughTarget('clinical-service')('securityContext', {
      interactions: ['read', 'vread', 'history-instance'],
    }),
    through: { type: 'DocumentReference', parameter: 'location' },
    content: { mediaType: 'contentType', data: 'data' },
  },
  Communication: member('subject', { search: { ...status } }),
  CommunicationRequest: member('subject', { search: { ...status } }),
  Composition: member('subject', { search: { ...status, date: date('date'), type: token('type') } }),
  DeviceRequest: member('subject', { search: { ...status } }),
  EpisodeOfCare: member('patient', { search: { ...status, date: date('period') } }),
  FamilyMemberHistory: member('patient', { search: { ...status } }),
  Flag: member('subject', { search: { ...status } }),
  ImagingStudy: member('subject', { search: { ...status, started: date('started') } }),
  ImmunizationRecommendation: member('patient', { search: { date: date('date') } }),
  List: member('subject', { search: { ...status, code: token('code') } }),
  MedicationAdministration: member('subject', { search: { ...status } }),
  MedicationStatement: member('subject', { search: { ...status } }),
  Task: member('for', {
    search: { ...status, code: token('code'), subject: reference('for', 'Patient') },
  }),
  VisionPrescription: member('patient', { search: { ...status, datewritten: date('dateWritten') } }),
  AdverseEvent: member('subject', { search: { date: date('date') } }),
  Appointment: member('participant.actor', { search: { ...status, date: date('start') } }),
  AppointmentResponse: member('actor'),
  BodyStructure: member('patient'),
  ClinicalImpression: member('subject', { search: { ...status } }),
  DetectedIssue: member('patient'),
  DeviceMetric: throughTarget('clinical-service')('source', {
    search: { source: reference('source', 'Device') },
  }),
  DeviceUseStatement: member('subject'),
  DocumentManifest: member('subject', { search: { ...status } }),
  GuidanceResponse: member('subject'),
  ImmunizationEvaluation: member('patient', { search: { ...status } }),
  MeasureReport: member('subject', { search: { ...status } }),
  MolecularSequence: member('patient'),
  NutritionOrder: member('patient', { search: { ...status } }),
  RequestGroup: member('subject', { search: { ...status } }),
  ResearchSubject: member('individual', {
    search: { ...status, individual: reference('individual', 'Patient') },
  }),
  RiskAssessment: member('subject', {
    search: {
      date: date('occurrenceDateTime|occurrencePeriod'),
      probability: number('prediction.probability[x]'),
    },
  }),
  Schedule: member('actor'),
  Slot: throughTarget('clinical-service')('schedule', {
    search: { ...status, schedule: reference('schedule', 'Schedule'), start: date('start') },
  }),
  SupplyDelivery: member('patient', { search: { ...status } }),
  SupplyRequest: member('deliverTo', {
    search: { ...status, subject: reference('deliverTo', 'Patient') },
  }),
  Provenance: throughTarget('beside its target')('target', {
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
  VerificationResult: throughTarget('clinical-service')('target', { interactions: [] }),
};
