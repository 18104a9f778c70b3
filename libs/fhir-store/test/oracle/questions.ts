/** Generates searches, each as a structure for the oracle and as a client writes it. */
import type { OraclePrefix } from './intervals.ts';
import type { OracleQuery, SearchedValue } from './oracle.ts';
import type { SeededRandom } from '@patient-access/testing';
import * as values from './values.ts';

/** A search with its name and value as they stand in a URL, decoded. */
export interface GeneratedQuery {
  question: OracleQuery;
  name: string;
  value: string;
}

const PREFIXES: OraclePrefix[] = ['eq', 'ne', 'gt', 'ge', 'lt', 'le', 'sa', 'eb'];
const escaped = (text: string) => text.replace(/[\\,$|]/g, '\\$&');

type One = [wanted: SearchedValue, text: string];

function token({ below, pick }: SeededRandom): One {
  const [system, code] = [pick(values.SYSTEMS), pick(values.CODES)];
  switch (below(4)) {
    case 0:
      return [{ kind: 'token', system }, `${system}|`];
    case 1:
      return [{ kind: 'token', system: '', code }, `|${escaped(code)}`];
    case 2:
      return [{ kind: 'token', system, code }, `${system}|${escaped(code)}`];
    default:
      return [{ kind: 'token', code }, escaped(code)];
  }
}

/** The element has a code alone. Its system is that of its value set. */
function status({ pick }: SeededRandom): One {
  const code = pick(['final', 'amended', 'Final', 'draft']);
  const own = 'http://hl7.org/fhir/observation-status';
  const system = pick(values.SYSTEMS);
  return pick([
    [{ kind: 'token', code }, code] as One,
    [{ kind: 'token', system: '', code }, `|${code}`] as One,
    [{ kind: 'token', code }, `${own}|${code}`] as One,
    [{ kind: 'token' }, `${own}|`] as One,
    [{ kind: 'token', system, code }, `${system}|${code}`] as One,
  ]);
}

function typed({ pick }: SeededRandom): One {
  const [system, code, value] = [pick(values.SYSTEMS), pick(values.TYPE_CODES), pick(values.CODES)];
  return [{ kind: 'typed', system, code, value }, `${system}|${code}|${escaped(value)}`];
}

function date(random: SeededRandom): One {
  const { text, span } = values.someDate(random);
  const prefix = random.pick(PREFIXES);
  return [{ kind: 'date', prefix, span }, `${prefix === 'eq' && random.below(2) ? '' : prefix}${text}`];
}

const reference =
  (...types: string[]) =>
  ({ below, pick }: SeededRandom, base: string): One => {
    const [type, id] = [pick(types), String(below(4))];
    const target = `${type}/${id}`;
    const there = `${values.OTHER_SERVER}/${target}`;
    return [
      [{ kind: 'reference', target: id, types }, id] as One,
      [
        { kind: 'reference', target, types: [] },
        pick([target, `${target}/_history/3`, `${base}/${target}`]),
      ] as One,
      [{ kind: 'reference', target: there, types: [] }, there] as One,
    ][below(3)] as One;
  };

function canonical({ below, pick }: SeededRandom): One {
  const [url, version] = [pick(values.CANONICALS), pick(values.VERSIONS)];
  return below(2)
    ? [{ kind: 'canonical', url }, url]
    : [{ kind: 'canonical', url, version }, `${url}|${version}`];
}

const string =
  (mode: 'starts' | 'contains' | 'exact') =>
  ({ below, pick }: SeededRandom): One => {
    const whole = pick(values.NAMES);
    const from = mode === 'contains' ? below(3) : 0;
    const part = whole.slice(from, from + 1 + below(whole.length - from));
    const text =
      mode === 'exact' && below(4) > 0 ? whole : pick([part, part.toUpperCase(), part.normalize('NFD')]);
    return [{ kind: 'string', text, mode }, escaped(text)];
  };

function number(
  { below, pick }: SeededRandom,
  amount: values.Amount,
): [SearchedValue & { kind: 'number' }, string] {
  const prefix = pick([...PREFIXES, 'ap' as const]);
  const { text, units, half } = amount;
  const shown = prefix === 'eq' && below(2) ? '' : prefix;
  return [{ kind: 'number', prefix, units, half }, `${shown}${text}`];
}

const probability = (random: SeededRandom): One => number(random, values.someNumber(random));

function quantity(random: SeededRandom): One {
  const [wanted, text] = number(random, values.someNumber(random));
  const [system, code] = [random.pick(values.SYSTEMS), random.pick(values.UNITS)];
  return [
    [wanted, text] as One,
    [{ ...wanted, code }, `${text}||${code}`] as One,
    [{ ...wanted, system, code }, `${text}|${system}|${code}`] as One,
    [{ ...wanted, system }, `${text}|${system}|`] as One,
    [wanted, `${text}||`] as One,
  ][random.below(5)] as One;
}

type Make = (random: SeededRandom, base: string) => One;

/** By type, then by parameter name with modifier. */
const MAKES: Record<string, Record<string, Make>> = {
  Observation: { status, code: token, category: token, date, 'value-quantity': quantity },
  Condition: { 'onset-date': date, encounter: reference('Encounter') },
  CareTeam: {
    participant: reference(
      'Practitioner',
      'PractitionerRole',
      'Patient',
      'RelatedPerson',
      'Organization',
      'CareTeam',
    ),
  },
  QuestionnaireResponse: { questionnaire: canonical },
  RiskAssessment: { probability },
  RelatedPerson: {
    name: string('starts'),
    'name:contains': string('contains'),
    'name:exact': string('exact'),
    identifier: token,
    'identifier:of-type': typed,
  },
  Practitioner: { name: string('starts'), identifier: token, 'identifier:of-type': typed },
  PractitionerRole: { practitioner: reference('Practitioner'), specialty: token },
};
const OF_ALL: Record<string, Make> = { _tag: token, _profile: canonical };
const CAN_BE_NEGATED = ['status', 'code', 'category', 'identifier', 'specialty', '_tag'];

/** Generates one condition on a type. */
export function generateQuery(random: SeededRandom, type: string, base: string): GeneratedQuery {
  if (type === 'PractitionerRole' && random.below(3) === 0) {
    const asked = askPlainly(random, 'Practitioner', base, MAKES['Practitioner']);
    const question = { type, parameter: 'practitioner', wanted: [], chain: asked.question };
    return { ...asked, question, name: `practitioner.${asked.name}` };
  }
  return askPlainly(random, type, base, { ...MAKES[type], ...OF_ALL });
}

function askPlainly(
  random: SeededRandom,
  type: string,
  base: string,
  makes: Record<string, Make> = {},
): GeneratedQuery {
  const name = random.pick(Object.keys(makes));
  const [parameter = ''] = name.split(':');
  if (random.below(12) === 0) {
    const missing = random.below(2) === 0;
    return {
      question: { type, parameter, wanted: [], missing },
      name: `${parameter}:missing`,
      value: String(missing),
    };
  }
  const ones = [0, ...random.some(2, () => 0)].map(() => makes[name]?.(random, base) as One);
  const negated = CAN_BE_NEGATED.includes(name) && random.below(4) === 0;
  return {
    question: { type, parameter, wanted: ones.map(([wanted]) => wanted), negated },
    name: negated ? `${name}:not` : name,
    value: ones.map(([, text]) => text).join(','),
  };
}
