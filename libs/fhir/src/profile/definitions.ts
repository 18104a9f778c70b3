/** The resources of an IG package that a profile check reads, with the elements that it needs. */

export interface Discriminator {
  type: string;
  path: string;
}

export interface ElementDefinition {
  id: string;
  path: string;
  min?: number;
  max?: string;
  base?: { path: string; min: number; max: string };
  type?: { code: string; profile?: string[]; targetProfile?: string[] }[];
  binding?: { strength: string; valueSet?: string };
  constraint?: { key: string; severity: string; expression?: string; source?: string }[];
  slicing?: { discriminator?: Discriminator[]; rules: string };
  /** `fixedCode`, `patternCodeableConcept` … */
  [valueOfAnyType: string]: unknown;
}

export interface StructureDefinition {
  resourceType: 'StructureDefinition';
  url: string;
  type: string;
  abstract?: boolean;
  baseDefinition?: string;
  derivation?: string;
  snapshot?: { element: ElementDefinition[] };
}

interface Include {
  system?: string;
  concept?: { code: string }[];
  filter?: unknown[];
  valueSet?: string[];
}

export interface ValueSet {
  resourceType: 'ValueSet';
  url: string;
  compose?: { include: Include[]; exclude?: Include[] };
}

interface Concept {
  code: string;
  concept?: Concept[];
}

export interface CodeSystem {
  resourceType: 'CodeSystem';
  url: string;
  content: string;
  concept?: Concept[];
}

export type PackageResource = StructureDefinition | ValueSet | CodeSystem;

/** A canonical without its version. */
export const versionlessCanonical = (canonical: string) => canonical.split('|', 1)[0] ?? canonical;
