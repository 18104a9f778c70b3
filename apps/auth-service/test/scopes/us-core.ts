const CONDITION = 'http://terminology.hl7.org/CodeSystem/condition-category';
const OBSERVATION = 'http://terminology.hl7.org/CodeSystem/observation-category';
const US_CORE = 'http://hl7.org/fhir/us/core/CodeSystem';

/** The granular scopes of Inferno's test kit for US Core 6.1.0 (smart_scopes_constants.rb). */
export const GRANULAR = [
  `patient/Condition.rs?category=${CONDITION}|encounter-diagnosis`,
  `patient/Condition.rs?category=${CONDITION}|problem-list-item`,
  `patient/Condition.rs?category=${US_CORE}/condition-category|health-concern`,
  `patient/Observation.rs?category=${OBSERVATION}|laboratory`,
  `patient/Observation.rs?category=${OBSERVATION}|social-history`,
  `patient/Observation.rs?category=${OBSERVATION}|vital-signs`,
  `patient/Observation.rs?category=${OBSERVATION}|survey`,
  `patient/Observation.rs?category=${US_CORE}/us-core-category|sdoh`,
];
