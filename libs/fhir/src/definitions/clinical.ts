import type { Definition } from '../definition.ts';
import { observationProfiles } from './observation-profiles.ts';
import {
  date,
  number,
  inPatientCompartment,
  quantity,
  reference,
  viaReference,
  token,
  uri,
  usCore,
  pdex,
} from './row.ts';

const inCompartment = inPatientCompartment('clinical-service');
const status = { status: token('status') };
const medication = reference('medicationReference', 'Medication');

/** Clinical data of members: the types of US Core, and others that a plan may hold. */
export const clinicalDefinitions: Record<string, Definition> = {
  AllergyIntolerance: inCompartment('patient', {
    consentKind: 'allergies',
    profiles: [usCore('allergyintolerance')],
    search: { 'clinical-status': token('clinicalStatus'), code: token('code|reaction.substance') },
  }),
  CarePlan: inCompartment('subject', {
    consentKind: 'plans',
    profiles: [usCore('careplan')],
    search: { ...status, category: token('category'), date: date('period') },
  }),
  CareTeam: inCompartment('subject', {
    consentKind: 'plans',
    profiles: [usCore('careteam')],
    search: {
      ...status,
      participant: reference(
        'participant.member',
        'Patient',
        'Practitioner',
        'PractitionerRole',
        'RelatedPerson',
        'Organization',
        'CareTeam',
      ),
      role: token('participant.role'),
    },
  }),
  Condition: inCompartment('subject', {
    consentKind: 'conditions',
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
    consentKind: 'devices',
    profiles: [usCore('implantable-device'), pdex('device')],
    search: { ...status, type: token('type') },
  }),
  DiagnosticReport: inCompartment('subject', {
    consentKind: 'results',
    profiles: [usCore('diagnosticreport-lab'), usCore('diagnosticreport-note')],
    search: { ...status, category: token('category'), code: token('code'), date: date('effective[x]') },
  }),
  DocumentReference: inCompartment('subject', {
    consentKind: 'documents',
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
      docref: { definition: 'http://hl7.org/fhir/us/core/OperationDefinition/docref' },
    },
  }),
  Encounter: inCompartment('subject', {
    consentKind: 'visits',
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
    consentKind: 'plans',
    profiles: [usCore('goal')],
    search: {
      description: token('description'),
      'lifecycle-status': token('lifecycleStatus'),
      'target-date': date('target.dueDate'),
    },
  }),
  Immunization: inCompartment('patient', {
    consentKind: 'vaccines',
    profiles: [usCore('immunization')],
    search: { ...status, date: date('occurrence[x]') },
  }),
  Media: inCompartment('subject', { consentKind: 'results', search: status }),
  MedicationDispense: inCompartment('subject', {
    consentKind: 'medicines',
    profiles: [usCore('medicationdispense'), pdex('medicationdispense')],
    search: { ...status, medication, type: token('type') },
  }),
  MedicationRequest: inCompartment('subject', {
    consentKind: 'medicines',
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
    consentKind: 'results',
    profiles: observationProfiles,
    search: {
      ...status,
      category: token('category', 'date'),
      code: token('code', 'date'),
      date: date('effective[x]'),
      'value-quantity': quantity('valueQuantity|valueSampledData'),
    },
  }),
  Procedure: inCompartment('subject', {
    consentKind: 'procedures',
    profiles: [usCore('procedure')],
    search: { ...status, code: token('code'), date: date('performedDateTime|performedPeriod') },
  }),
  QuestionnaireResponse: inCompartment('subject', {
    consentKind: 'documents',
    profiles: [usCore('questionnaireresponse')],
    search: {
      ...status,
      authored: date('authored'),
      questionnaire: { ...reference('questionnaire', 'Questionnaire'), isCanonical: true },
    },
  }),
  ServiceRequest: inCompartment('subject', {
    consentKind: 'procedures',
    profiles: [usCore('servicerequest')],
    search: { ...status, authored: date('authoredOn'), category: token('category'), code: token('code') },
  }),
  Specimen: inCompartment('subject', {
    consentKind: 'results',
    profiles: [usCore('specimen')],
    search: status,
  }),
  // The content of an attachment: a visible resource of one of the types that have one must point at it (ADR 75).
  Binary: {
    ...viaReference('clinical-service')('securityContext', {
      consentKind: 'documents',
      interactions: ['read', 'vread', 'history-instance'],
    }),
    visibleThrough: `DocumentReference DiagnosticReport Media QuestionnaireResponse Communication
      CommunicationRequest BodyStructure Task RequestGroup`.split(/\s+/),
    content: { mediaType: 'contentType', data: 'data' },
  },
  Communication: inCompartment('subject', { consentKind: 'procedures', search: status }),
  CommunicationRequest: inCompartment('subject', { consentKind: 'procedures', search: status }),
  Composition: inCompartment('subject', {
    consentKind: 'documents',
    search: { ...status, date: date('date'), type: token('type') },
  }),
  DeviceRequest: inCompartment('subject', { consentKind: 'procedures', search: status }),
  EpisodeOfCare: inCompartment('patient', {
    consentKind: 'visits',
    search: { ...status, date: date('period') },
  }),
  FamilyMemberHistory: inCompartment('patient', { consentKind: 'conditions', search: status }),
  Flag: inCompartment('subject', { consentKind: 'conditions', search: status }),
  ImagingStudy: inCompartment('subject', {
    consentKind: 'results',
    search: { ...status, started: date('started') },
  }),
  ImmunizationRecommendation: inCompartment('patient', {
    consentKind: 'vaccines',
    search: { date: date('date') },
  }),
  List: inCompartment('subject', { consentKind: 'documents', search: { ...status, code: token('code') } }),
  MedicationAdministration: inCompartment('subject', { consentKind: 'medicines', search: status }),
  MedicationStatement: inCompartment('subject', { consentKind: 'medicines', search: status }),
  Task: inCompartment('for', {
    consentKind: 'procedures',
    search: { ...status, code: token('code'), subject: reference('for', 'Patient') },
  }),
  VisionPrescription: inCompartment('patient', {
    consentKind: 'procedures',
    search: { ...status, datewritten: date('dateWritten') },
  }),
  AdverseEvent: inCompartment('subject', { consentKind: 'conditions', search: { date: date('date') } }),
  Appointment: inCompartment('participant.actor', {
    consentKind: 'visits',
    search: { ...status, date: date('start') },
  }),
  AppointmentResponse: inCompartment('actor', { consentKind: 'visits' }),
  BodyStructure: inCompartment('patient', { consentKind: 'conditions' }),
  ClinicalImpression: inCompartment('subject', { consentKind: 'conditions', search: status }),
  DetectedIssue: inCompartment('patient', { consentKind: 'conditions' }),
  DeviceMetric: viaReference('clinical-service')('source', {
    consentKind: 'devices',
    search: { source: reference('source', 'Device') },
  }),
  DeviceUseStatement: inCompartment('subject', { consentKind: 'devices' }),
  DocumentManifest: inCompartment('subject', { consentKind: 'documents', search: status }),
  GuidanceResponse: inCompartment('subject', { consentKind: 'procedures' }),
  ImmunizationEvaluation: inCompartment('patient', { consentKind: 'vaccines', search: status }),
  MeasureReport: inCompartment('subject', { consentKind: 'programs', search: status }),
  MolecularSequence: inCompartment('patient', { consentKind: 'results' }),
  NutritionOrder: inCompartment('patient', { consentKind: 'procedures', search: status }),
  RequestGroup: inCompartment('subject', { consentKind: 'procedures', search: status }),
  ResearchSubject: inCompartment('individual', {
    consentKind: 'programs',
    search: { ...status, individual: reference('individual', 'Patient') },
  }),
  RiskAssessment: inCompartment('subject', {
    consentKind: 'conditions',
    search: {
      date: date('occurrenceDateTime|occurrencePeriod'),
      probability: number('prediction.probability[x]'),
    },
  }),
  Schedule: inCompartment('actor', { consentKind: 'visits' }),
  Slot: viaReference('clinical-service')('schedule', {
    consentKind: 'visits',
    search: { ...status, schedule: reference('schedule', 'Schedule'), start: date('start') },
  }),
  SupplyDelivery: inCompartment('patient', { consentKind: 'procedures', search: status }),
  SupplyRequest: inCompartment('deliverTo', {
    consentKind: 'procedures',
    search: { ...status, subject: reference('deliverTo', 'Patient') },
  }),
  Provenance: {
    ...viaReference('clinical-service')('target', {
      consentKind: 'documents',
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
    membership: { by: 'reference', path: 'target', afterOthers: true },
  },
  VerificationResult: viaReference('clinical-service')('target', {
    consentKind: 'providers',
    interactions: [],
  }),
};
