/** IHE BALP 1.1.4 as data: the requirements of each profile that an AuditEvent may claim. */

interface Coded {
  system?: string;
  code?: string;
}
interface Agent {
  type?: { coding?: Coded[] };
  who?: { identifier?: { system?: string; value?: string }; reference?: string; display?: string };
  requestor?: boolean;
  network?: unknown;
  policy?: string[];
  [element: string]: unknown;
}
interface Entity {
  type?: Coded;
  role?: Coded;
  what?: { reference?: string; identifier?: unknown };
  query?: string;
  [element: string]: unknown;
}
export interface BalpEvent {
  meta: { profile?: string[] };
  type: Coded;
  subtype: Coded[];
  action: string;
  recorded?: string;
  outcome: string;
  source: { observer?: object };
  agent: Agent[];
  entity: Entity[];
}

/** A slice: how often it occurs, how it is recognised, and which elements it must have and must not have. */
interface Slice {
  code: string;
  times: [number, number];
  must?: readonly string[];
  mustNot?: readonly string[];
  values?: Readonly<Record<string, unknown>>;
}

interface Profile {
  type: string;
  /** exactly one of these must be there */
  subtypes: readonly string[];
  action: string;
  agents: readonly Slice[];
  entities: readonly Slice[];
  /** no entities other than those above are allowed */
  closed?: true;
}

const DCM = 'http://dicom.nema.org/resources/ontology/DCM';
const RI = 'http://hl7.org/fhir/restful-interaction';
const AET = 'http://terminology.hl7.org/CodeSystem/audit-event-type';
const PT = 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType';
const ENT = 'http://terminology.hl7.org/CodeSystem/audit-entity-type';
const ROLE = 'http://terminology.hl7.org/CodeSystem/object-role';
const BALP = 'https://profiles.ihe.net/ITI/BALP';
const SOURCE = `${DCM}|110153`;
const DESTINATION = `${DCM}|110152`;

const partner = (code: string): Slice => ({
  code,
  times: [1, 1],
  must: ['type', 'who', 'network'],
  mustNot: ['media'],
});
const USER: Slice = {
  code: `${PT}|IRCP`,
  times: [0, 1],
  must: ['who'],
  mustNot: ['media', 'network'],
  values: { requestor: true },
};
const TRANSACTION: Slice = {
  code: `${BALP}/CodeSystem/BasicAuditEntityType|XrequestId`,
  times: [0, 1],
  must: ['what'],
};
const PATIENT: Slice = { code: `${ENT}|1`, times: [1, 1], must: ['what'], values: { role: `${ROLE}|1` } };
const DATA: Slice = {
  code: `${ENT}|2`,
  times: [1, 1],
  must: ['what', 'role'],
  values: { role: `${ROLE}|4` },
};
const QUERY: Slice = {
  code: `${ENT}|2`,
  times: [1, 1],
  must: ['query'],
  mustNot: ['what', 'lifecycle', 'detail'],
  values: { role: `${ROLE}|24` },
};
const READ: Profile = {
  type: `${AET}|rest`,
  subtypes: [`${RI}|read`, `${RI}|vread`],
  action: 'R',
  agents: [partner(DESTINATION), partner(SOURCE), USER],
  entities: [TRANSACTION, DATA],
};
const SEARCH: Profile = {
  type: `${AET}|rest`,
  subtypes: ['search', 'search-type', 'search-system'].map((code) => `${RI}|${code}`),
  action: 'E',
  agents: [partner(SOURCE), partner(DESTINATION), USER],
  entities: [TRANSACTION, QUERY],
};
const BY_NAME: Readonly<Record<string, Profile>> = {
  Read: READ,
  PatientRead: { ...READ, entities: [...READ.entities, PATIENT] },
  Query: SEARCH,
  PatientQuery: { ...SEARCH, entities: [...SEARCH.entities, PATIENT] },
  AuthZconsent: {
    type: `${DCM}|110113`,
    subtypes: ['AuthZ-Consent', 'AuthZ-Role'].map((c) => `${BALP}/CodeSystem/AuthZsubType|${c}`),
    action: 'E',
    agents: [
      { code: `${DCM}|110150`, times: [1, 1], must: ['who', 'network'] },
      { code: `${PT}|IRCP`, times: [1, 1], must: ['who'], values: { requestor: true } },
      {
        code: 'http://terminology.hl7.org/CodeSystem/v3-RoleClass|PROV',
        times: [1, 1],
        must: ['who'],
        values: { requestor: false },
      },
      {
        code: 'http://terminology.hl7.org/CodeSystem/extra-security-role-type|authserver',
        times: [1, 1],
        must: ['who'],
        values: { requestor: false },
      },
    ],
    entities: [
      PATIENT,
      { code: 'http://hl7.org/fhir/resource-types|Consent', times: [1, Infinity], must: ['what'] },
    ],
    closed: true,
  },
};

const text = ({ system = '', code = '' }: Coded = {}) => `${system}|${code}`;
const codesOf = (item: Agent | Entity): string[] => {
  const type = item.type as (Coded & { coding?: Coded[] }) | undefined;
  return type?.coding ? type.coding.map(text) : [text(type)];
};
const valueOf = (item: Agent | Entity, name: string) =>
  name === 'role' ? text(item.role as Coded) : item[name];

function sliceProblems(where: string, items: readonly (Agent | Entity)[], slice: Slice): string[] {
  const { code, times, must = [], mustNot = [], values = {} } = slice;
  const found = items.filter((item) => codesOf(item).includes(code));
  return [
    ...(found.length < times[0] || found.length > times[1]
      ? [`${where} ${code}: ${found.length} times`]
      : []),
    ...found.flatMap((item) => [
      ...must.filter((name) => item[name] === undefined).map((name) => `${where} ${code}: without ${name}`),
      ...mustNot.filter((name) => item[name] !== undefined).map((name) => `${where} ${code}: with ${name}`),
      ...Object.entries(values)
        .filter(([name, value]) => valueOf(item, name) !== value)
        .map(([name]) => `${where} ${code}: another ${name}`),
    ]),
  ];
}

/**
 * Checks OAUTHaccessTokenUse.Comprehensive: the application has its client id, the person has issuer, subject and
 * token.
 */
export function tokenUseProblems(event: BalpEvent): string[] {
  const [client, ...others] = event.agent.filter((agent) => codesOf(agent).includes(`${DCM}|110150`));
  const user = event.agent.find((agent) => codesOf(agent).includes(USER.code));
  const { system, value } = user?.who?.identifier ?? {};
  return [
    ...(client?.who?.identifier?.value && others.length === 0 ? [] : ['not one application']),
    ...(user && !(system && value) ? ['a user without issuer and subject'] : []),
    ...(user && user.policy?.length !== 1 ? ['a user without token'] : []),
    ...(user?.policy ?? []).filter((policy) => !policy.startsWith('urn:ietf:params:oauth:jti:')),
  ];
}

/** @returns the requirements of the profile that the event does not meet, one line each */
export function problemsWith(event: BalpEvent, canonical: string): string[] {
  const name = canonical.replace(`${BALP}/StructureDefinition/IHE.BasicAudit.`, '');
  const profile = BY_NAME[name];
  if (!profile) return [`no such profile: ${canonical}`];
  const { type, subtypes, action, agents, entities, closed } = profile;
  const known = entities.map(({ code }) => code);
  return [
    ...(text(event.type) === type ? [] : ['type']),
    ...(event.subtype.filter((subtype) => subtypes.includes(text(subtype))).length === 1 ? [] : ['subtype']),
    ...(event.action === action ? [] : ['action']),
    ...(event.outcome === '0' ? [] : ['outcome']),
    ...(event.recorded && event.source.observer ? [] : ['recorded or observer']),
    ...agents.flatMap((slice) => sliceProblems('agent', event.agent, slice)),
    ...entities.flatMap((slice) => sliceProblems('entity', event.entity, slice)),
    ...(closed
      ? event.entity.filter((entity) => !codesOf(entity).some((code) => known.includes(code)))
      : []
    ).map(() => 'an entity too many'),
  ];
}
