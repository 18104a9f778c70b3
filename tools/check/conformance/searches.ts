/** Finds the searches that a guide asks a server for, in its CapabilityStatement and SearchParameters. */
import { definitions } from '@patient-access/fhir';
import type { Extension, GuidePackage, ParameterFile, StatementFile } from './package-files.ts';
import type { Expectation, Parameter, TypeSearches } from './guide-list.ts';

const EXPECTATION = 'http://hl7.org/fhir/StructureDefinition/capabilitystatement-expectation';
export const COMBINATION =
  'http://hl7.org/fhir/StructureDefinition/capabilitystatement-search-parameter-combination';

const expectation = (extensions: Extension[] = []): string | undefined =>
  extensions.find(({ url }) => url === EXPECTATION)?.valueCode;

/** What a statement lists without an expectation is asked of every server of the guide. */
export function levelOf(extensions: Extension[] | undefined): Expectation | undefined {
  const level = expectation(extensions) ?? 'SHALL';
  return level === 'SHALL' || level === 'SHOULD' ? level : undefined;
}

const OF_ALL_TYPES: Record<string, Parameter> = {
  _id: { name: '_id', type: 'token', paths: ['id'], comparators: [], multipleOr: false },
  _lastUpdated: {
    name: '_lastUpdated',
    type: 'date',
    paths: ['meta.lastUpdated'],
    comparators: [],
    multipleOr: false,
  },
  _profile: { name: '_profile', type: 'uri', paths: ['meta.profile'], comparators: [], multipleOr: false },
};

/** The paths of FHIRPath expressions as the guides write them: unions of elements, with casts and `where(resolve()…)`. */
function pathsOf(expression: string, type: string): string[] {
  return expression
    .replace(/\.where\(resolve\(\) is \w+\)/g, '')
    .replace(/(?: as |\.as\()\w+\)?|\.ofType\(\w+\)/g, '')
    .split('|')
    .map((each) => each.trim().replace(/^\(|\)$/g, ''))
    .filter((each) => each.startsWith(`${type}.`))
    .map((each) => each.slice(type.length + 1));
}

/**
 * A parameter that no package defines: what is searched is known here. The statement of the insurance card gives several
 * of them a type that is not that of R4.
 */
function servedParameter(name: string, type: string): Parameter | undefined {
  const served = definitions.get(type)?.search[name];
  if (!served) return undefined;
  return { name, type: served.kind, paths: served.path.split('|'), comparators: [], multipleOr: false };
}

function parameterOf(name: string, type: string, kind: string, file: ParameterFile | undefined): Parameter {
  const known = OF_ALL_TYPES[name] ?? (file ? undefined : servedParameter(name, type));
  if (known) return known;
  const comparators = (file?.comparator ?? []).filter((_, index) => {
    return expectation(file?._comparator?.[index]?.extension) === 'SHALL';
  });
  const multipleOr = expectation(file?._multipleOr?.extension) === 'SHALL';
  return {
    name,
    type: file?.type ?? kind,
    paths: pathsOf(file?.expression ?? '', type),
    comparators,
    multipleOr,
  };
}

function levelled(values: string[] = [], extensions: ({ extension?: Extension[] } | null)[] = []) {
  return values.flatMap((value, index) => {
    const level = levelOf(extensions[index]?.extension);
    return level ? [{ value, level }] : [];
  });
}

/**
 * @param served types that the API has
 * @param all packages; a guide takes parameters from others
 */
export function searchesOf(
  { files }: GuidePackage,
  all: readonly GuidePackage[],
  served: ReadonlySet<string>,
): TypeSearches[] {
  const parameters = [{ files }, ...all]
    .flatMap((each) => each.files)
    .filter((file): file is ParameterFile => file.resourceType === 'SearchParameter');
  const statement = files.find(
    (file): file is StatementFile =>
      file.resourceType === 'CapabilityStatement' && !file.id.includes('client'),
  );
  const asked = statement?.rest.find(({ mode }) => mode === 'server')?.resource ?? [];
  return asked
    .filter(({ type }) => served.has(type))
    .map(({ type, searchParam = [], extension = [], ...resource }) => {
      const find = (name: string, definition?: string) =>
        parameters.find(({ url }) => url === definition) ??
        parameters.find(({ code, base }) => code === name && base.includes(type));
      const combinations = extension
        .filter(({ url }) => url === COMBINATION)
        .map(({ extension: parts = [] }) => ({
          names: parts.filter(({ url }) => url === 'required').map(({ valueString = '' }) => valueString),
          level: levelOf(parts),
        }));
      const singles = searchParam.map((each) => ({ names: [each.name], level: levelOf(each.extension) }));
      return {
        type,
        parameters: searchParam.map(({ name, type: kind, definition }) =>
          parameterOf(name, type, kind, find(name, definition)),
        ),
        searches: [...singles, ...combinations].flatMap(({ names, level }) =>
          level ? [{ names, level }] : [],
        ),
        includes: levelled(resource.searchInclude, resource._searchInclude),
        revincludes: levelled(resource.searchRevInclude, resource._searchRevInclude),
      };
    });
}
