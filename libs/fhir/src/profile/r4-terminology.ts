/** The generated value sets and code systems of R4, in the form in which packages have theirs. */
import type { CodeSystem, ValueSet } from './definitions.ts';
import { R4_CODE_SYSTEMS, R4_VALUE_SETS } from './r4-value-sets.ts';

type Include = NonNullable<ValueSet['compose']>['include'][number];

const concepts = (codes: readonly string[]) => codes.map((code) => ({ code }));

function includeOf(text: string): Include {
  if (text.startsWith('@')) return { valueSet: text.slice(1).split('&') };
  const at = text.indexOf('=');
  if (at < 0) return { system: text };
  return { system: text.slice(0, at), concept: concepts(text.slice(at + 1).split(',')) };
}

export const r4ValueSets = (): ValueSet[] =>
  R4_VALUE_SETS.map((line) => {
    const [url = '', ...includes] = line.split(' ');
    return { resourceType: 'ValueSet', url, compose: { include: includes.map(includeOf) } };
  });

export const r4CodeSystems = (): CodeSystem[] =>
  R4_CODE_SYSTEMS.map((line) => {
    const [url = '', ...codes] = line.split(' ');
    return { resourceType: 'CodeSystem', url, content: 'complete', concept: concepts(codes) };
  });
