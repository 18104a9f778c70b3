/** Resources that have a value where a search parameter looks, whatever else their type requires. */
import { type Definition, type Resource, type SearchParameter } from '@patient-access/fhir';

type Json = Record<string, unknown>;

/** What a choice element is called when it holds a value of the kind. */
const CHOICE: Partial<Record<SearchParameter['kind'], string>> = { date: 'DateTime', number: 'Decimal' };

const STEP = /^(\w+)(?:\[(?:(x)|(\w+)=([^\]]+))\])?$/;

/** Puts a value at the first alternative of a path (libs/fhir, path.ts), into what is there already. */
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
      // A name is text as a whole and in its parts: what is there already will do.
      node[element] ??= value;
      return;
    }
    const inner = (node[element] ?? (key ? { [key]: wanted } : {})) as Json;
    node[element] = inner;
    node = inner;
  });
}

/** Stored first: what the types that have no member of their own refer to. */
export const anchor = (id: string, member: string): Resource => ({
  resourceType: 'Claim',
  id,
  patient: { reference: `Patient/${member}` },
});

/** @param member whose it is, unless it is the plan's */
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
