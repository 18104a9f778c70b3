/** What a line seems to say of itself, without reading it as JSON. It is a guess until a reading of the line agrees. */
import type { Resource } from '@patient-access/fhir';

/** Which resource a line holds, and when the plan's system changed it. */
export interface Glance {
  type: string;
  id: string;
  /** `meta.lastUpdated`; undefined: it says none */
  changed: string | undefined;
}

const TYPE = /"resourceType"\s*:\s*"([A-Za-z]+)"/;
const ID = /"id"\s*:\s*"([A-Za-z0-9.-]+)"/;
const CHANGED = /"lastUpdated"\s*:\s*"([0-9T:.Z+-]*)"/;

/** @returns what stands first of each; undefined where nothing looks like a resource */
export function glanceAt(line: Buffer): Glance | undefined {
  const text = line.toString('latin1');
  const type = TYPE.exec(text)?.[1];
  const id = type === undefined ? undefined : ID.exec(text)?.[1];
  if (type === undefined || id === undefined) return undefined;
  return { type, id, changed: CHANGED.exec(text)?.[1] };
}

/** When the plan's system changed a resource, as it says. */
export const changedAt = ({ meta }: Resource): string | undefined =>
  typeof meta?.lastUpdated === 'string' ? meta.lastUpdated : undefined;

/** Is that what the line says? What stood first may be of a resource within the resource. */
export const isRight = ({ type, id, changed }: Glance, resource: Resource): boolean =>
  type === resource.resourceType && id === resource.id && changed === changedAt(resource);
