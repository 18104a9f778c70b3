/**
 * Consent.provision: what the app may see, of whom, and until when, in the elements of FHIR. The root permits the
 * types that are granted as a whole; if there are none, it denies. Below it stand permits for types that are granted
 * in part, and denials of types that a wildcard does not cover, with permits for parts of these below. Each permit is
 * for data labelled normal and for the labels that were released. The extension `scope` has the exact scopes.
 */
import type { ConsentFact } from '@patient-access/events';
import { definitions, servedTypes } from '@patient-access/fhir';
import { type ResourceScope, resourceScopes } from '@patient-access/smart';
import { codeableConcept, type Coding, codingOf } from './codes.ts';

const RESOURCE_TYPES = 'http://hl7.org/fhir/resource-types';
const NORMAL = { system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', code: 'N' };

const classOf = (types: readonly string[]) => types.map((code) => ({ system: RESOURCE_TYPES, code }));
const isWhole = ({ filters }: ResourceScope) => filters.length === 0;

/** The restriction of a granular scope: as a code if it is a single code of a system, and otherwise as its text. */
function partOf({ type, filters, query }: ResourceScope, securityLabel: readonly Coding[]) {
  const [[parameter, value] = ['', ''], ...others] = filters;
  const isCode = others.length === 0 && definitions.get(type)?.search[parameter]?.kind === 'token';
  const code = isCode && /^[^|,]+\|[^|,]+$/.test(value) ? { coding: [codingOf(value)] } : {};
  return {
    type: 'permit',
    securityLabel,
    ...(type !== '*' && { class: classOf([type]) }),
    code: [{ ...code, text: decodeURIComponent(query) }],
  };
}

/** Types that `*` does not cover, and that no scope grants as a whole. */
function uncovered(whole: ReadonlySet<string>): string[] {
  return servedTypes.filter((type) => definitions.get(type)?.namedOnly && !whole.has(type));
}

function permits({ scope, labels }: ConsentFact) {
  const scopes = resourceScopes(scope);
  const whole = new Set(scopes.filter(isWhole).map(({ type }) => type));
  const everything = whole.has('*');
  const securityLabel = [NORMAL, ...labels.map(codingOf)];
  const denied = everything ? uncovered(whole) : [];
  const isOpen = (type: string) => (everything ? !denied.includes(type) : whole.has(type));
  const parts = scopes
    .filter((each) => !isWhole(each) && !isOpen(each.type))
    .map((part) => partOf(part, securityLabel));
  const denial = { type: 'deny', class: classOf(denied), ...(parts.length > 0 && { provision: parts }) };
  const below = denied.length > 0 ? [denial] : parts;
  return {
    ...(whole.size > 0 ? { type: 'permit', securityLabel } : { type: 'deny' }),
    ...(whole.size > 0 && !everything && { class: classOf([...whole]) }),
    ...(below.length > 0 && { provision: below }),
  };
}

export function provisionOf(fact: ConsentFact) {
  const { granted, until, ended, client } = fact;
  return {
    period: { start: granted, end: ended?.at ?? until },
    actor: [
      {
        role: codeableConcept('http://terminology.hl7.org/CodeSystem/v3-ParticipationType', 'IRCP'),
        reference: { identifier: { value: client.id }, display: client.name },
      },
    ],
    action: [codeableConcept('http://terminology.hl7.org/CodeSystem/consentaction', 'access')],
    purpose: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: 'PATRQT' }],
    ...permits(fact),
  };
}
