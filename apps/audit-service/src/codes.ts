/** The codes that IHE BALP 1.1.4 (Basic Audit Log Patterns) asks for. */
import type { ActOnRecords } from '@patient-access/events';

export interface AuditCoding {
  system: string;
  code: string;
  display?: string;
}

const DCM = 'http://dicom.nema.org/resources/ontology/DCM';
const OWN_EVENT = 'urn:payer-patient-access:event';
const ENTITY_TYPE = 'http://terminology.hl7.org/CodeSystem/audit-entity-type';
const ENTITY_ROLE = 'http://terminology.hl7.org/CodeSystem/object-role';

export const REST: AuditCoding = {
  system: 'http://terminology.hl7.org/CodeSystem/audit-event-type',
  code: 'rest',
  display: 'RESTful Operation',
};
export const AUTHENTICATION: AuditCoding = { system: DCM, code: '110114', display: 'User Authentication' };
export const SECURITY_ALERT: AuditCoding = { system: DCM, code: '110113', display: 'Security Alert' };
export const APPLICATION_ACTIVITY: AuditCoding = {
  system: DCM,
  code: '110100',
  display: 'Application Activity',
};
const EXPORT: AuditCoding = { system: DCM, code: '110106', display: 'Export' };
const IMPORT: AuditCoding = { system: DCM, code: '110107', display: 'Import' };
const PATIENT_RECORD: AuditCoding = { system: DCM, code: '110110', display: 'Patient Record' };

interface CodesOfAct {
  type: AuditCoding;
  /** AuditEvent.action */
  action: 'C' | 'R' | 'U' | 'D' | 'E';
}
const IMPORTED: CodesOfAct = { type: IMPORT, action: 'C' };
const DELETED_BY_IMPORT: CodesOfAct = { type: IMPORT, action: 'D' };
const EXPORTED: CodesOfAct = { type: EXPORT, action: 'R' };
const CHANGED: CodesOfAct = { type: PATIENT_RECORD, action: 'U' };
const DELETED: CodesOfAct = { type: PATIENT_RECORD, action: 'D' };
/** Gives, changes and deletes nothing. */
const DONE: CodesOfAct = { type: APPLICATION_ACTIVITY, action: 'E' };

/** In form 2 of a record. */
const ACTS_ON_RECORDS: Readonly<Record<ActOnRecords, CodesOfAct>> = {
  import: IMPORTED,
  delete: DELETED_BY_IMPORT,
  withdraw: DELETED,
  merge: CHANGED,
  unmerge: CHANGED,
  split: CHANGED,
  unsplit: CHANGED,
  'list-merges': EXPORTED,
  'plan-export': EXPORTED,
  'plan-exported': EXPORTED,
  // As of any other act: so a release that does not know it keeps the same of it.
  'set-labels': DONE,
  'set-displays': DONE,
  'set-rhythm': DONE,
  'add-words': DONE,
  reindex: DONE,
  'plan-move': DONE,
  'plan-moved': DONE,
  'plan-delete': DELETED,
  'plan-deleted': DELETED,
};
const BY_ACT: ReadonlyMap<string, CodesOfAct> = new Map(Object.entries(ACTS_ON_RECORDS));

/**
 * Codes of the kind `ingest`. Form 1 of a record knows imports alone, and calls all others deletions by one. What a service writes
 * has codes; a record with another act, which it signed all the same, is served too.
 */
export function ofActOnRecords({ v, action }: { v: number; action: string }): CodesOfAct {
  if (v === 1) return action === 'import' ? IMPORTED : DELETED_BY_IMPORT;
  return BY_ACT.get(action) ?? DONE;
}

export const isExport = ({ type }: CodesOfAct): boolean => type === EXPORT;

const lifecycle = (code: string, display: string): AuditCoding => ({
  system: 'http://terminology.hl7.org/CodeSystem/iso-21089-lifecycle',
  code,
  display,
});
/** Codes for acts on records of the trail, by act. */
export const LIFECYCLE: Readonly<Record<string, AuditCoding>> = {
  'hold-set': lifecycle('hold', 'Add Legal Hold'),
  'hold-lift': lifecycle('unhold', 'Remove Legal Hold'),
  drop: lifecycle('destroy', 'Destroy/Delete'),
  restore: lifecycle('restore', 'Restore/Re-create'),
  acknowledge: lifecycle('attest', 'Attest'),
};
/** The additional code of a read of the trail. */
export const AUDIT_LOG_USED: AuditCoding = { system: DCM, code: '110101', display: 'Audit Log Used' };
export const LOGIN: AuditCoding = { system: DCM, code: '110122', display: 'Login' };
export const TOKEN_ISSUE: AuditCoding = {
  system: 'urn:ihe:event-type-code',
  code: 'ITI-71',
  display: 'Get Access Token',
};
export const CONSENT: AuditCoding = {
  system: 'https://profiles.ihe.net/ITI/BALP/CodeSystem/AuthZsubType',
  code: 'AuthZ-Consent',
};
export const SECURITY_ATTRIBUTES_CHANGED: AuditCoding = {
  system: DCM,
  code: '110137',
  display: 'User Security Attributes Changed',
};

/** A code of our own, for events that no published code system has a code for. */
export const ownEvent = (code: string, display?: string): AuditCoding => ({
  system: OWN_EVENT,
  code,
  ...(display && { display }),
});
/** That of an event which the standard codes do not distinguish: `consent-grant`, `consent-revoke`, `token-refresh` … */
export const ownEventOf = ({ kind, action }: { kind: string; action: string }): AuditCoding =>
  ownEvent(`${kind}-${action}`);
export const LAUNCH = ownEvent('launch', 'SMART app launch by a payer system');
export const DENIED_ATTEMPTS = ownEvent('denied-attempts', 'Requests that were refused, counted');
export const PUBLISHED_READS = ownEvent('published-reads', 'Reads of published data, counted');
export const AUTHORIZATION_REFUSED = ownEvent('authorization-refused', 'Authorization request refused');

/** @param code of http://hl7.org/fhir/restful-interaction */
export const interaction = (code: string): AuditCoding => ({
  system: 'http://hl7.org/fhir/restful-interaction',
  code,
});

export const SOURCE: AuditCoding = { system: DCM, code: '110153', display: 'Source Role ID' };
export const DESTINATION: AuditCoding = { system: DCM, code: '110152', display: 'Destination Role ID' };
export const APPLICATION: AuditCoding = { system: DCM, code: '110150', display: 'Application' };
export const AUTHORIZATION_SERVICE: AuditCoding = {
  system: 'https://profiles.ihe.net/ITI/BALP/CodeSystem/UserAgentTypes',
  code: 'AuthzOauthService',
};
/** The agent that decided about an authorization. */
export const AUTHORIZER: AuditCoding = {
  system: 'http://terminology.hl7.org/CodeSystem/extra-security-role-type',
  code: 'authserver',
};
/** The organization that BALP's pattern for authorization decisions requires. */
export const PROVIDER_ORGANIZATION: AuditCoding = {
  system: 'http://terminology.hl7.org/CodeSystem/v3-RoleClass',
  code: 'PROV',
};
export const INFORMATION_RECIPIENT: AuditCoding = {
  system: 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType',
  code: 'IRCP',
  display: 'information recipient',
};

export const PERSON: AuditCoding = { system: ENTITY_TYPE, code: '1', display: 'Person' };
export const SYSTEM_OBJECT: AuditCoding = { system: ENTITY_TYPE, code: '2', display: 'System Object' };
export const REQUEST_ID: AuditCoding = {
  system: 'https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType',
  code: 'XrequestId',
};
export const CONSENT_TYPE: AuditCoding = {
  system: 'http://hl7.org/fhir/resource-types',
  code: 'Consent',
  display: 'Consent',
};

export const OPERATION_OUTCOME_TYPE: AuditCoding = {
  system: 'http://hl7.org/fhir/resource-types',
  code: 'OperationOutcome',
};

export const ROLE_PATIENT: AuditCoding = { system: ENTITY_ROLE, code: '1', display: 'Patient' };
export const ROLE_DOMAIN_RESOURCE: AuditCoding = {
  system: ENTITY_ROLE,
  code: '4',
  display: 'Domain Resource',
};
export const ROLE_SECURITY_USER: AuditCoding = {
  system: ENTITY_ROLE,
  code: '11',
  display: 'Security User Entity',
};
export const ROLE_QUERY: AuditCoding = { system: ENTITY_ROLE, code: '24', display: 'Query' };

/** A URI that identifies a token by its id and does not reveal the token. */
export const tokenPolicy = (id: string) => `urn:ietf:params:oauth:jti:${id}`;

/** The canonical URL of a BALP profile. */
export const balp = (name: string) =>
  `https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.${name}`;
