import type { Visit } from '../care/visit.ts';
import { sensitivityOf } from '../care/visit.ts';
import { isoInstant } from '../fhir/dates.ts';
import {
  codedConcept,
  meta,
  usCoreProfile,
  type Concept,
  type Reference,
  type SyntheticResource,
} from '../fhir/resource.ts';
import { hl7, LOINC, UCUM } from '../fhir/systems.ts';
import { memberId, type Scope } from '../scope.ts';
import { encounterReference } from './encounters.ts';

const R4_OBSERVATION = 'http://hl7.org/fhir/StructureDefinition/Observation';
const MINUTES_MEASURED = 550;

type Category = 'vital-signs' | 'laboratory' | 'social-history' | 'survey' | 'imaging';
/** What a patient wishes (US Core 7, us-core-category). */
type Preference = 'care-experience-preference' | 'treatment-intervention-preference';

/** Kinds of screening and assessment that US Core names, each a category beside `survey`. */
export type Assessment =
  'sdoh' | 'functional-status' | 'disability-status' | 'cognitive-status' | 'activity' | 'social-history';

const US_CORE_CATEGORY = 'http://hl7.org/fhir/us/core/CodeSystem/us-core-category';

const CATEGORIES: Record<Category | Preference, Concept> = {
  'vital-signs': codedConcept(hl7('observation-category'), 'vital-signs', 'Vital Signs'),
  laboratory: codedConcept(hl7('observation-category'), 'laboratory', 'Laboratory'),
  'social-history': codedConcept(hl7('observation-category'), 'social-history', 'Social History'),
  survey: codedConcept(hl7('observation-category'), 'survey', 'Survey'),
  imaging: codedConcept(hl7('observation-category'), 'imaging', 'Imaging'),
  'care-experience-preference': codedConcept(
    US_CORE_CATEGORY,
    'care-experience-preference',
    'Care experience preference',
  ),
  'treatment-intervention-preference': codedConcept(
    US_CORE_CATEGORY,
    'treatment-intervention-preference',
    'Treatment Intervention preference',
  ),
};

const ASSESSMENTS: Record<Assessment, Concept> = {
  sdoh: codedConcept(US_CORE_CATEGORY, 'sdoh', 'SDOH'),
  'functional-status': codedConcept(US_CORE_CATEGORY, 'functional-status', 'Functional Status'),
  'disability-status': codedConcept(US_CORE_CATEGORY, 'disability-status', 'Disability Status'),
  'cognitive-status': codedConcept(US_CORE_CATEGORY, 'cognitive-status', 'Cognitive Status'),
  activity: codedConcept(hl7('observation-category'), 'activity', 'Activity'),
  'social-history': CATEGORIES['social-history'],
};

/** Category of US Core for screenings and assessments. */
export function assessmentCategory(assessment: Assessment): Concept {
  return ASSESSMENTS[assessment];
}

export interface Finding {
  loinc: string;
  name: string;
  /** Where the profile asks for more than one coding. */
  code?: Concept;
  /** None: R4's own. The import adds the profiles of the plan's guides that it fits. */
  profile?: string;
  category: Category | Preference;
  assessment?: Assessment;
  /** The elements from `value[x]` on. */
  result: object;
  /** Who did it, where it was not the clinician of the visit; and the order it was done for. */
  performer?: Reference;
  order?: Reference;
  /** The observation is older than the record of visits. */
  withoutEncounter?: boolean;
}

/** Observation made at a visit; one per LOINC code and visit. */
export function observationOf(scope: Scope, visit: Visit, finding: Finding): SyntheticResource {
  return {
    resourceType: 'Observation',
    id: memberId(scope, 'Observation', `${visit.key}/${finding.loinc}`),
    meta: meta(
      [finding.profile ? usCoreProfile(finding.profile) : R4_OBSERVATION],
      visit.endDay + 1,
      sensitivityOf(visit),
    ),
    ...(finding.order && { basedOn: [finding.order] }),
    status: 'final',
    category: [
      CATEGORIES[finding.category],
      ...(finding.assessment ? [assessmentCategory(finding.assessment)] : []),
    ],
    code: finding.code ?? codedConcept(LOINC, finding.loinc, finding.name),
    subject: scope.patient,
    ...(!finding.withoutEncounter && { encounter: encounterReference(scope, visit) }),
    ...(!('effectivePeriod' in finding.result) && {
      effectiveDateTime: isoInstant(visit.startDay, MINUTES_MEASURED),
    }),
    issued: isoInstant(visit.endDay, MINUTES_MEASURED + 30),
    performer: [finding.performer ?? visit.clinician.practitioner],
    ...finding.result,
  };
}

/** Quantity in a UCUM unit; `unit` is what people read where it differs from the code. */
export function ucumQuantity(value: number, code: string, unit = code): object {
  return { value, unit, system: UCUM, code };
}
