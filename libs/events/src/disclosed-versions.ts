/** Which versions of which resources left: what an event says of a page, so that nobody has to run its search again. */
import type { AccessEvent } from './access-event.ts';

/** A version of a resource that left. */
export interface DisclosedVersion {
  type: string;
  id: string;
  version: string;
}

/** Most resources have this version, and it is left out. */
const FIRST = '1';

/** @returns {@link AccessEvent.resources} */
export function disclosedNames(versions: readonly DisclosedVersion[]): Record<string, string> {
  const byType = Map.groupBy(versions, ({ type }) => type);
  const name = ({ id, version }: DisclosedVersion) => (version === FIRST ? id : `${id}/${version}`);
  return Object.fromEntries([...byType].map(([type, of]) => [type, of.map(name).join(' ')]));
}

/** @returns every version that left by the request of this event, in the order of the answer for each type */
export function disclosedVersions({
  resource,
  resources = {},
}: Pick<AccessEvent, 'resource' | 'resources'>): DisclosedVersion[] {
  const [type = '', id = ''] = resource?.reference.split('/') ?? [];
  const read = resource ? [{ type, id, version: resource.version }] : [];
  const listed = Object.entries(resources).flatMap(([of, names]) =>
    names.split(' ').map((name) => {
      const [named = '', version = FIRST] = name.split('/');
      return { type: of, id: named, version };
    }),
  );
  return [...read, ...listed];
}
