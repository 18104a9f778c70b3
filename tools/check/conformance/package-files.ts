/** The parts of the resources in a package that the lists are made from. */

export interface Extension {
  url: string;
  valueCode?: string;
  valueString?: string;
  valueBoolean?: boolean;
  extension?: Extension[];
}

interface WithExtensions {
  extension?: Extension[];
}

export interface ElementType extends WithExtensions {
  code: string;
  profile?: string[];
  targetProfile?: string[];
  _targetProfile?: (WithExtensions | null)[];
}

export interface Element extends WithExtensions {
  id: string;
  max?: string;
  mustSupport?: boolean;
  type?: ElementType[];
  binding?: { strength: string; valueSet?: string };
  slicing?: { discriminator?: { type: string; path: string }[] };
  [valueOfAnyType: string]: unknown;
}

export interface ProfileFile {
  resourceType: 'StructureDefinition';
  url: string;
  type: string;
  abstract?: boolean;
  kind: string;
  baseDefinition?: string;
  snapshot: { element: Element[] };
}

export interface ValueSetFile {
  resourceType: 'ValueSet';
  url: string;
  compose?: { include: { system?: string; concept?: { code: string }[]; valueSet?: string[] }[] };
}

interface StatementResource extends WithExtensions {
  type: string;
  supportedProfile?: string[];
  interaction?: ({ code: string } & WithExtensions)[];
  operation?: ({ name: string } & WithExtensions)[];
  searchParam?: ({ name: string; definition?: string; type: string } & WithExtensions)[];
  searchInclude?: string[];
  _searchInclude?: (WithExtensions | null)[];
  searchRevInclude?: string[];
  _searchRevInclude?: (WithExtensions | null)[];
}

export interface StatementFile {
  resourceType: 'CapabilityStatement';
  id: string;
  rest: { mode: string; resource: StatementResource[] }[];
}

export interface ParameterFile {
  resourceType: 'SearchParameter';
  url: string;
  code: string;
  base: string[];
  type: string;
  expression?: string;
  /** names of parameters of the target; a level stands beside each, or there is none */
  chain?: string[];
  _chain?: (WithExtensions | null)[];
  comparator?: string[];
  _comparator?: (WithExtensions | null)[];
  _multipleOr?: WithExtensions;
}

export type PackageFile = ProfileFile | ValueSetFile | StatementFile | ParameterFile;

export interface GuidePackage {
  name: string;
  version: string;
  licence: string;
  files: PackageFile[];
}
