/**
 * `_include` and `_revinclude`: the other resources that a page has to contain
 * (http://hl7.org/fhir/R4/search.html#include).
 */
import { type Definition, pointsAt, type SearchParameter } from './definition.ts';
import { definitions } from './definitions.ts';
import { invalid, notSupported } from './outcome.ts';

export interface Include {
  /** the type that has the reference */
  type: string;
  /** a reference parameter of that type; `*` for all of them */
  parameter: string;
  /** the only wanted type, if the parameter may refer to several */
  target?: string;
  /** also applies to included resources */
  iterate?: true;
}

/** The resources that complete a page. */
export interface Includes {
  include: readonly Include[];
  revinclude: readonly Include[];
}

const MAX_INCLUDES = 10;
const NAME = /^_(include|revinclude)(?::(.*))?$/s;
const ALL = '*';

/** Is this one of the parameters that {@link parseIncludes} reads? */
export const isInclude = (name: string): boolean => NAME.test(name);

/** The reference parameters of an include, by name. */
export function parametersOf({ type, parameter }: Include): [string, SearchParameter][] {
  const references = Object.entries(definitions.get(type)?.search ?? {}).filter(
    ([, { kind, byIdentifier }]) => kind === 'reference' && !byIdentifier,
  );
  return parameter === ALL ? references : references.filter(([name]) => name === parameter);
}

function isSearched(definition: Definition | undefined): boolean {
  return definition?.interactions.includes('search-type') ?? false;
}

/**
 * Parses `Type:parameter`, `Type:parameter:Target` or `Type:*`. Whether it can find anything is checked elsewhere.
 */
function parseValue(name: string, value: string): Include {
  const [type = '', parameter = '', target, ...rest] = value.split(':');
  const include: Include = { type, parameter, ...(target !== undefined && { target }) };
  const parameters = parametersOf(include);
  const known = isSearched(definitions.get(type)) && parameters.length > 0 && rest.length === 0;
  const aimed =
    target === undefined ||
    (parameter !== ALL && definitions.has(target) && parameters.every(([, one]) => pointsAt(one, target)));
  if (!known || !aimed)
    throw notSupported(`${name}: there is no "${value}". Try Type:parameter or Type:*.`, name);
  return include;
}

/**
 * Can this include find anything? An include has to start at the type of the page, and a revinclude has to end there.
 */
function concerns(searched: string, include: Include, reverse: boolean): boolean {
  if (!reverse) return include.type === searched;
  const { target = searched } = include;
  return target === searched && parametersOf(include).some(([, parameter]) => pointsAt(parameter, searched));
}

/**
 * Parses the includes among all parameters of a search.
 *
 * @param searched the type of the matches
 * @returns undefined when there are none
 * @throws OperationError 400 for an include that is unknown or cannot find anything, and for too many includes
 */
export function parseIncludes(
  searched: string,
  entries: readonly (readonly [name: string, value: string])[],
): Includes | undefined {
  const found = { include: [] as Include[], revinclude: [] as Include[] };
  for (const [name, value] of entries) {
    const [, direction, modifier] = NAME.exec(name) ?? [];
    if (direction === undefined) continue;
    if (modifier !== undefined && modifier !== 'iterate')
      throw notSupported(`${name}: the only modifier is ":iterate".`, name);
    const reverse = direction === 'revinclude';
    const include = parseValue(name, value === ALL && !reverse ? `${searched}:${ALL}` : value);
    if (modifier) include.iterate = true;
    else if (!concerns(searched, include, reverse))
      throw notSupported(`${name}: "${value}" neither starts nor ends at ${searched}.`, name);
    (reverse ? found.revinclude : found.include).push(include);
  }
  const count = found.include.length + found.revinclude.length;
  if (count > MAX_INCLUDES) throw invalid(`At most ${MAX_INCLUDES} includes.`, '_include');
  return count > 0 ? found : undefined;
}
