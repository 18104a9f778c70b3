/**
 * Checks AuditEvents with the product's own validator against the profiles of IHE BALP that they claim, as the published
 * package has them (`balp-1.1.3.ndjson`: the five profiles, their value sets and code systems, without texts).
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { ProfileValidator, type Resource } from '@patient-access/fhir';

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
}
export interface BalpEvent extends Resource {
  meta: { profile?: string[] };
  type: Coded;
  subtype: Coded[];
  action: string;
  outcome: string;
  recorded?: string;
  source: { observer?: object };
  agent: Agent[];
  entity: { type?: Coded; what?: object }[];
}

type Packages = ConstructorParameters<typeof ProfileValidator>[0];

const PACKAGE = join(import.meta.dirname, 'balp-1.1.3.ndjson');
const resources = readFileSync(PACKAGE, 'utf8').trim().split('\n');
const validator = new ProfileValidator(resources.map((line) => JSON.parse(line) as Packages[number]));

const DCM = 'http://dicom.nema.org/resources/ontology/DCM';
const INFORMATION_RECIPIENT = 'IRCP';
const hasCode = (agent: Agent, code: string, system?: string): boolean =>
  agent.type?.coding?.some((coding) => coding.code === code && (system ?? coding.system) === coding.system) ??
  false;

/** The invariant val-audit-source of AuthZconsent: the authorizer is the source of the event. */
function authorizerProblems({ agent, source, meta }: BalpEvent): string[] {
  if (!meta.profile?.some((url) => url.endsWith('.AuthZconsent'))) return [];
  const authorizers = agent.filter((each) => hasCode(each, 'authserver'));
  return authorizers.every(({ who }) => isDeepStrictEqual(who, source.observer)) ? [] : ['val-audit-source'];
}

/** @returns what the event does not meet of the profiles that it claims, one line each */
export function problemsWith(event: BalpEvent): string[] {
  const results = validator.validate(event);
  const claimed = event.meta.profile?.length ?? 0;
  return [
    ...(results.length < claimed ? ['a profile that is not in the package'] : []),
    ...results.flatMap(({ findings }) =>
      findings.map(({ location, rule, expected }) => `${location}: ${rule} ${expected}`),
    ),
    ...authorizerProblems(event),
  ];
}

/**
 * Checks OAUTHaccessTokenUse.Comprehensive: the application has its client id, the person has issuer, subject and
 * token.
 */
export function tokenUseProblems(event: BalpEvent): string[] {
  const [client, ...others] = event.agent.filter((agent) => hasCode(agent, '110150', DCM));
  const user = event.agent.find((agent) => hasCode(agent, INFORMATION_RECIPIENT));
  const { system, value } = user?.who?.identifier ?? {};
  return [
    ...(client?.who?.identifier?.value && others.length === 0 ? [] : ['not one application']),
    ...(user && !(system && value) ? ['a user without issuer and subject'] : []),
    ...(user && user.policy?.length !== 1 ? ['a user without token'] : []),
    ...(user?.policy ?? []).filter((policy) => !policy.startsWith('urn:ietf:params:oauth:jti:')),
  ];
}
