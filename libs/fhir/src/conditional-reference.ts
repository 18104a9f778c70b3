/**
 * Conditional references: `Practitioner?identifier=http://hl7.org/fhir/sid/us-npi|9999974493` names what has this
 * identifier (http://hl7.org/fhir/R4/http.html#trules).
 */
import { isReferenceData } from './definition.ts';
import { definitions } from './definitions.ts';
import { parseMatch } from './search-values.ts';

const CONDITIONAL = /^([A-Z][A-Za-z]+)\?(.+)$/s;
/** The index of searches cuts longer ones, so they could find what has only the same beginning. */
const MAX_CHARACTERS = 200;

const HAS_SYSTEM = /^[^|].*\|./s;

/** The type and the query of a conditional reference. */
interface Conditional {
  type: string;
  query: string;
}

/** An identifier that a resource of the plan's own may have. */
export interface Identified {
  type: string;
  system: string;
  value: string;
}

/** @returns undefined for a reference of another form, or to a type that is unknown here */
export function parseConditional(reference: string): Conditional | undefined {
  const [, type = '', query = ''] = CONDITIONAL.exec(reference) ?? [];
  return definitions.has(type) ? { type, query } : undefined;
}

/** @returns what a conditional reference names, if it is reference data, named by an identifier with its system alone */
export function identifiedBy(reference: string): Identified | undefined {
  const { type = '', query } = parseConditional(reference) ?? {};
  const definition = definitions.get(type);
  const parameter = definition && isReferenceData(definition) && definition.search['identifier'];
  const entries = [...new URLSearchParams(query)];
  const [[name, text] = []] = entries;
  if (!parameter || entries.length !== 1 || name !== 'identifier' || !HAS_SYSTEM.test(text ?? ''))
    return undefined;
  const match = parseMatch(name, undefined, parameter, text ?? '', { base: '' });
  if (match.kind !== 'token' || !match.system || !match.code) return undefined;
  const { system, code: value } = match;
  return Math.max(system.length, value.length) < MAX_CHARACTERS ? { type, system, value } : undefined;
}
