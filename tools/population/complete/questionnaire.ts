import type { Visit } from '../care/visit.ts';
import { isoInstant } from '../fhir/dates.ts';
import { meta, usCoreProfile, type Reference, type SyntheticResource } from '../fhir/resource.ts';
import { LOINC } from '../fhir/systems.ts';
import { memberId, type Scope } from '../scope.ts';

const answer = (code: string, display: string) => ({ valueCoding: { system: LOINC, code, display } });

const ITEMS = [
  {
    linkId: '88121-9',
    text: 'Hunger Vital Sign',
    item: [{ linkId: '88124-3', text: 'Risk', answer: [answer('LA19952-3', 'At risk')] }],
  },
  {
    linkId: '88122-7',
    text: 'We worried whether our food would run out before we got money to buy more.',
    answer: [
      {
        ...answer('LA6729-3', 'Sometimes true'),
        item: [{ linkId: '88122-7/when', text: 'When?', answer: [{ valueString: 'At the end of a month' }] }],
      },
    ],
  },
  { linkId: 'notes', text: 'Anything else?', answer: [{ valueString: 'My mother helps me.' }] },
  { linkId: '63512-8', text: 'People in the household', answer: [{ valueDecimal: 2 }] },
];

/** Answers of the patient, or what a clinician was told, to a questionnaire on health-related social needs (LOINC panel 88121-9, Hunger Vital Sign, and more). */
export function questionnaireResponseOf(
  scope: Scope,
  visit: Visit,
  key: string,
  author: Reference,
): SyntheticResource {
  return {
    resourceType: 'QuestionnaireResponse',
    id: memberId(scope, 'QuestionnaireResponse', key),
    meta: meta([usCoreProfile('questionnaireresponse')], visit.endDay + 1),
    identifier: {
      system: `${scope.tenant.base}/questionnaire-response`,
      value: memberId(scope, 'questionnaire-response-number', key),
    },
    questionnaire: `${scope.tenant.base}/Questionnaire/social-needs`,
    _questionnaire: {
      extension: [
        {
          url: 'http://hl7.org/fhir/StructureDefinition/display',
          valueString: 'Health-related social needs',
        },
        {
          url: 'http://hl7.org/fhir/us/core/StructureDefinition/us-core-extension-questionnaire-uri',
          valueUri: `${scope.tenant.base}/questionnaires/social-needs`,
        },
      ],
    },
    status: 'completed',
    subject: scope.patient,
    authored: isoInstant(visit.startDay, 545),
    author,
    item: ITEMS,
  };
}
