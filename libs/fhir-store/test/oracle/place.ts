/** Makes resources that have a value where a search parameter looks, whatever else their type requires. */
import { type Definition, type Resource, type SearchParameter } from '@patient-access/fhir';

type Json = Record<string, unknown>;

/** The name of a choice element for a value of each kind. */
const CHOICE: Partial<Record<SearchParameter['kind'], string>> = { date: 'DateTime', number: 'Decimal' };

const STEP = /^(\w+)(?:\[(?:(x)|(\w+)=([^\]]+))\])?$/;

/** Puts a value at the first alternative of a path (libs/fhir, path.ts), into the existing resource. */
export function place(
  resource: Json,
  { path, kind }: Pick<SearchParameter, 'path' | 'kind'>,
  value: unknown,
): void {
  const steps = (path.split(/\|(?![^[]*\])/)[0] ?? '').split(/\.(?![^[]*\])/);
  let node = resource;
  steps.forEach((step, at) => {
    const [, name = '', choice, key, wanted] = STEP.exec(step) ?? [];
    const element = choice ? `${name}${CHOICE[kind] ?? ''}` : name;
    if (at === steps.length - 1) {
      // A HumanName can be text, or parts. Its existing parts are kept.
      node[element] ??= value;
      return;
    }
    const inner = (node[element] ?? (key ? { [key]: wanted } : {})) as Json;
    node[element] = inner;
    node = inner;
  });
}

/** Resources without a member of their own refer to this one, so it is stored first. */
export const anchor = (id: string, member: string): Resource => ({
  resourceType: 'Claim',
  id,
  patient: { reference: `Patient/${member}` },
});

/** @param member whose resource it is, unless it is reference data */
export function bare(type: string, definition: Definition, id: string, member: string): Resource {
  const resource: Resource = { resourceType: type, id };
  const { membership: belongs } = definition;
  if (belongs.by === 'element' && belongs.path === 'id') return { ...resource, id: member };
  if (belongs.by === 'element')
    place(resource, { path: belongs.path, kind: 'reference' }, { reference: `Patient/${member}` });
  if (belongs.by === 'reference')
    place(resource, { path: belongs.path, kind: 'reference' }, { reference: `Claim/anchor-${member}` });
  return resource;
}
