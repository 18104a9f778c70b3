import { claimCode, type Diagnosis } from '../care/diagnoses.ts';
import type { Service } from '../care/services.ts';
import type { Visit } from '../care/visit.ts';
import { isoDate } from '../fhir/dates.ts';
import { digitsOf } from '../fhir/identity.ts';
import { coded, codedConcept, worded, type Concept } from '../fhir/resource.ts';
import { carinSystem, CDT, HCPCS, hl7, PLACE_OF_SERVICE } from '../fhir/systems.ts';
import type { Clinician } from '../reference/practitioners.ts';
import type { Scope } from '../scope.ts';

const RECEIVED_DAYS = 3;

export function claimType(code: string, display: string): Concept {
  return coded(hl7('claim-type'), code, display);
}

/** How a claim or request belongs to the one that was before it, and to the one that came after it. */
export const RELATED = {
  prior: codedConcept(hl7('ex-relatedclaimrelationship'), 'prior', 'Prior Claim'),
  replacedBy: codedConcept(
    carinSystem('C4BBRelatedClaimRelationshipCodes'),
    'replacedby',
    'Replaced by claim number',
  ),
} as const;

/** `supportingInfo` entry of a CARIN category; `content` is its code, timing or value. */
export function information(category: string, display: string, content: object): object {
  return { category: coded(carinSystem('C4BBSupportingInfoType'), category, display), ...content };
}

/** The day on which the plan had the claim. */
export const receivedDay = ({ today }: Pick<Scope, 'today'>, endDay: number): number =>
  Math.min(endDay + RECEIVED_DAYS, today - 1);

export function receivedOn(scope: Scope, endDay: number): object {
  const timingDate = isoDate(receivedDay(scope, endDay));
  return information('clmrecvddate', 'Claim Received Date', { timingDate });
}

/** The numbers under which the provider knows patient and account. */
export function providerNumbers(scope: Scope, visit: Visit): object[] {
  const patient = digitsOf(`mrn/${scope.member.key}/${visit.facility.id}`, 8);
  return [
    information('medicalrecordnumber', 'Medical Record Number', { valueString: `MRN${patient}` }),
    information('patientaccountnumber', 'Patient Account Number', {
      valueString: `${patient}-${visit.startDay}`,
    }),
  ];
}

/** For `ClaimFacts`: that the claim of the visit replaced an earlier one, came late, or has no amounts. */
export const historyOfClaim = ({ claim }: Visit) => ({
  ...(claim?.corrected && { corrected: true }),
  ...(claim?.lateDays && { lateDays: claim.lateDays }),
  ...(claim?.isBundled && { isBundled: claim.isBundled }),
});

/** For `Charge`: what the plan says of this line of the visit's claim, and that it had approved the visit. */
export const decisionOn = ({ claim, authorizationNumber }: Visit, index: number) => ({
  ...(claim?.refusedLines?.includes(index) && {
    isDenied: true,
    ...(claim.refusal && { refusal: claim.refusal }),
    ...(claim.isAppealed && { isAppealed: true }),
  }),
  ...(claim?.openLines?.includes(index) && { isOpen: true }),
  ...(authorizationNumber && { isAuthorized: true }),
});

/** `item.modifier` of a service that has one. */
export const modifierOf = ({ system, modifier }: Service) => ({
  ...(modifier && { modifier: [worded(system === CDT ? HCPCS : system, ...modifier)] }),
});

/** `item.informationSequence` of the first line: what the claim of this visit says beyond the usual `count`. */
export function informationSequence({ claim }: Visit, index: number, count: number): object {
  const more = claim?.information ?? [];
  return index === 0 && more.length > 0 ? { informationSequence: more.map((_, i) => count + i + 1) } : {};
}

export function serviceFacility(visit: Visit): object {
  return information('servicefacility', 'Service Facility', { valueReference: visit.facility.organization });
}

/** `careTeam` entry of a clinician in a role of CARIN's or of HL7's list. */
export function teamMember(sequence: number, clinician: Clinician, role: Concept): object {
  return {
    sequence,
    provider: clinician.practitioner,
    responsible: true,
    role,
    qualification: clinician.specialty,
  };
}

export const ROLE = {
  primary: coded(hl7('claimcareteamrole'), 'primary', 'Primary provider'),
  rendering: coded(carinSystem('C4BBClaimCareTeamRole'), 'rendering', 'Rendering provider'),
  operating: coded(carinSystem('C4BBClaimCareTeamRole'), 'operating', 'Operating'),
  attending: coded(carinSystem('C4BBClaimCareTeamRole'), 'attending', 'Attending'),
  prescribing: coded(carinSystem('C4BBClaimCareTeamRole'), 'prescribing', 'Prescribing provider'),
} as const;

const PRINCIPAL = coded(hl7('ex-diagnosistype'), 'principal', 'Principal Diagnosis');

/** `diagnosis`: the first is principal, the rest are of the type the profile has for the others. */
export function diagnosisElements(diagnoses: readonly Diagnosis[], other: 'secondary' | 'other'): object[] {
  const display = other === 'secondary' ? 'Secondary' : 'Other';
  const rest = coded(carinSystem('C4BBClaimDiagnosisType'), other, display);
  return diagnoses.map((diagnosis, index) => ({
    sequence: index + 1,
    diagnosisCodeableConcept: claimCode(diagnosis),
    type: [index === 0 ? PRINCIPAL : rest],
  }));
}

export const PLACE = {
  office: worded(PLACE_OF_SERVICE, '11', 'Office'),
  home: worded(PLACE_OF_SERVICE, '12', 'Home'),
  ambulance: worded(PLACE_OF_SERVICE, '41', 'Ambulance, land'),
  outpatient: worded(PLACE_OF_SERVICE, '22', 'Outpatient hospital'),
} as const;
