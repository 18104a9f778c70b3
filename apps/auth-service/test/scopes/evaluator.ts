/**
 * A second implementation of scopes. It was written from the specification and uses another method: it splits texts
 * at their separators, and tries every resource of a small world.
 */

export interface Understood {
  context: string;
  type: string;
  letters: string;
  version: 1 | 2;
  /** `parameter=value`, decoded */
  conditions: string[];
}

/** `undefined` for scopes that are not about resources. */
export type Reading = Understood | 'malformed' | undefined;

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
const isUpper = (char: string | undefined) => char !== undefined && LETTERS.toUpperCase().includes(char);
const isLetter = (char: string) => isUpper(char.toUpperCase()) && char.length === 1;

function isTypeName(text: string): boolean {
  return isUpper(text[0]) && text.length >= 2 && text.length <= 64 && [...text].every(isLetter);
}

function isParameterName(text: string): boolean {
  const name = text.startsWith('_') ? text.slice(1) : text;
  return (
    name.length <= 64 && isLetter(name[0] ?? '') && [...name].every((char) => isLetter(char) || char === '-')
  );
}

/** `rs` for `.read`. Empty when letters are out of order, repeated, or not in cruds. */
function lettersOf(text: string): string {
  const v1 = { read: 'rs', write: 'cud', '*': 'cruds' };
  if (Object.hasOwn(v1, text)) return v1[text as keyof typeof v1];
  const sorted = [...new Set(text)].sort((a, b) => 'cruds'.indexOf(a) - 'cruds'.indexOf(b)).join('');
  return sorted === text && [...text].every((letter) => 'cruds'.includes(letter)) ? text : '';
}

function conditionsOf(query: string): string[] | undefined {
  const conditions: string[] = [];
  for (const pair of query.split('&')) {
    const [name = '', ...values] = pair.split('=');
    const value = values.join('=');
    try {
      if (!isParameterName(name) || value === '') return undefined;
      conditions.push(`${name}=${decodeURIComponent(value)}`);
    } catch {
      return undefined;
    }
  }
  return conditions;
}

/** @param text one scope in its short form */
export function understand(text: string): Reading {
  const [context = '', ...rest] = text.split('/');
  if (rest.length === 0 || !['patient', 'user', 'system'].includes(context)) return undefined;
  const [path = '', ...queries] = rest.join('/').split('?');
  const [type = '', ...endings] = path.split('.');
  const ending = endings.join('.');
  const version = ['read', 'write', '*'].includes(ending) ? 1 : 2;
  const letters = lettersOf(ending);
  const conditions = queries.length === 0 ? [] : conditionsOf(queries.join('?'));
  const characters = [...text].every((char) => char > ' ' && char < '\x7f' && !'"\\'.includes(char));
  const wellFormed =
    characters &&
    text.length <= 512 &&
    (type === '*' || isTypeName(type)) &&
    letters !== '' &&
    conditions !== undefined;
  if (!wellFormed || (version === 1 && queries.length > 0)) return 'malformed';
  return { context, type, letters, version, conditions };
}

/** @returns the understood scopes of a list */
export const readAll = (scope: string): Understood[] =>
  scope.split(' ').flatMap((text) => {
    const reading = understand(text);
    return reading === undefined || reading === 'malformed' ? [] : [reading];
  });

export interface Thing {
  type: string;
  /** the `parameter=value` conditions that the resource meets */
  attributes: readonly string[];
}

const NAMED_ONLY = 'AuditEvent';

/** Does one of the scopes allow this letter for this resource? */
export function allows(
  scopes: readonly Understood[],
  letter: string,
  thing: Thing,
  contexts: readonly string[],
) {
  return scopes.some(
    ({ context, type, letters, conditions }) =>
      contexts.includes(context) &&
      (type === thing.type || (type === '*' && thing.type !== NAMED_ONLY)) &&
      letters.includes(letter) &&
      conditions.every((condition) => thing.attributes.includes(condition)),
  );
}

/** Parameters of a few types, with two values each. */
const PARAMETERS: Record<string, string[]> = {
  Coverage: ['status=a', 'status=b', 'type=a'],
  Observation: ['status=a', 'status=b', 'category=a', 'category=b'],
  Goal: [],
  Practitioner: ['name=a', 'name=b'],
  AuditEvent: ['action=a', 'type=a', 'type=b'],
  Binary: [],
};

const subsets = (list: readonly string[]): string[][] =>
  list.reduce<string[][]>((all, item) => [...all, ...all.map((subset) => [...subset, item])], [[]]);

/** Every combination of these parameters. */
export const THINGS: readonly Thing[] = Object.entries(PARAMETERS).flatMap(([type, parameters]) =>
  subsets(parameters).map((attributes) => ({ type, attributes })),
);

export const CONDITIONS: readonly string[] = [...new Set(Object.values(PARAMETERS).flat())];

/** Does a type have this interaction? Binary has no search. */
export const isServed = (letter: string, type: string): boolean =>
  type in PARAMETERS && (letter === 'r' || (letter === 's' && type !== 'Binary'));

/** Does a type have the parameter of this condition? */
export const hasParameter = (type: string, condition: string): boolean =>
  (PARAMETERS[type] ?? []).some((known) => known.split('=')[0] === condition.split('=')[0]);
