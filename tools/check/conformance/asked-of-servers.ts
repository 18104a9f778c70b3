/** What the CapabilityStatements of the guides ask of a server, for each set of guides and each publication. */
import type { Expectation } from './guide-list.ts';
import type { GuidePackage, ParameterFile, StatementFile } from './package-files.ts';
import type { PackageSet } from './packages.ts';
import { COMBINATION, levelOf } from './searches.ts';

export type AskedKind =
  | 'type'
  | 'profile'
  | 'interaction'
  | 'search'
  | 'combination'
  | 'chain'
  | 'include'
  | 'revinclude'
  | 'operation';

/** `SHALL search code`: level, kind and value. */
type AskedLine = `${Expectation} ${AskedKind} ${string}`;

/** What one guide asks of a type, in the form of `asked-of-servers.json`. */
export interface AskedOfType {
  set: PackageSet;
  package: string;
  version: string;
  licence: string;
  type: string;
  asked: AskedLine[];
}

/** The server for members' apps among those that a guide describes. */
const SERVERS = /^(us-core-server|c4bb|c4dic|pdex-server|plan-net|usdf-server)$/;
/** The API takes nothing from apps. */
const NOT_ASKED = ['create', 'update', 'patch', 'delete'];

type Asked = StatementFile['rest'][number]['resource'][number];
type Parameters = readonly ParameterFile[];

const line = (level: Expectation | undefined, kind: AskedKind, value: string): AskedLine[] =>
  level ? [`${level} ${kind} ${value}`] : [];

/** US Core gives each chain a level. Plan-Net lists chains without one, and its parameters are asked: so are they. */
function chainsOf({ type, searchParam = [] }: Asked, all: Parameters): AskedLine[] {
  return searchParam.flatMap(({ name, definition, extension }) => {
    const file =
      all.find(({ url }) => url === definition) ??
      all.find(({ code, base }) => code === name && base.includes(type));
    return (file?.chain ?? []).flatMap((chain, at) =>
      line(
        file?._chain ? levelOf(file._chain[at]?.extension) : levelOf(extension),
        'chain',
        `${name}.${chain}`,
      ),
    );
  });
}

/** A guide may write an include without its type, and with the type of the target. */
function includeOf(type: string, value: string): string {
  const [of = '', parameter] = value.split(':');
  return parameter === undefined ? `${type}:${of}` : `${of}:${parameter}`;
}

function askedOf(asked: Asked, all: Parameters): AskedLine[] {
  const { type, extension = [], searchParam = [], interaction = [], operation = [] } = asked;
  const combinations = extension.filter(({ url }) => url === COMBINATION);
  const includes = (values: string[] = [], beside: Asked['_searchInclude'] = [], kind: AskedKind) =>
    values.flatMap((value, at) => line(levelOf(beside[at]?.extension), kind, includeOf(type, value)));
  return [
    ...line(levelOf(extension.filter(({ url }) => url !== COMBINATION)), 'type', type),
    ...(asked.supportedProfile ?? []).flatMap((url) => line('SHALL', 'profile', url.split('|', 1)[0] ?? url)),
    ...interaction
      .filter(({ code }) => !NOT_ASKED.includes(code))
      .flatMap(({ code, extension: own }) => line(levelOf(own), 'interaction', code)),
    ...searchParam.flatMap(({ name, extension: own }) => line(levelOf(own), 'search', name)),
    ...combinations.flatMap(({ extension: parts = [] }) =>
      line(
        levelOf(parts),
        'combination',
        parts.flatMap(({ url, valueString = '' }) => (url === 'required' ? [valueString] : [])).join('+'),
      ),
    ),
    ...chainsOf(asked, all),
    ...includes(asked.searchInclude, asked._searchInclude, 'include'),
    ...includes(asked.searchRevInclude, asked._searchRevInclude, 'revinclude'),
    ...operation.flatMap(({ name, extension: own }) => line(levelOf(own), 'operation', name)),
  ];
}

/** @returns what each type of each guide is asked, without what is asked twice */
export function askedOfServers(set: PackageSet, packages: readonly GuidePackage[]): AskedOfType[] {
  const all = packages
    .flatMap(({ files }) => files)
    .filter((file): file is ParameterFile => file.resourceType === 'SearchParameter');
  return packages.flatMap(({ name, version, licence, files }) => {
    const statement = files.find(
      (file): file is StatementFile => file.resourceType === 'CapabilityStatement' && SERVERS.test(file.id),
    );
    const asked = statement?.rest.find(({ mode }) => mode === 'server')?.resource ?? [];
    return asked.map((each) => ({
      set,
      package: name,
      version,
      licence,
      type: each.type,
      asked: [...new Set(askedOf(each, all))],
    }));
  });
}
