/** Next links: the whole of a request inside a sealed cursor, bound to whoever asked. */
import { invalid } from '@patient-access/fhir';
import type { Binding } from './cursor.ts';
import type { Position } from './order-sql.ts';
import type { Allowed } from './serve.ts';

export const CURSOR = '_cursor';

/** @param path below the FHIR base, e.g. `Observation` */
function bindingOf({ claims, decision }: Allowed, path: string): Binding {
  const { tenant, member } = decision;
  return { tenant, member, client: claims.client_id, grant: claims.grant_id, path };
}

/**
 * What is asked: the request's own parameters, or those that its cursor holds, with the place to go on from.
 *
 * @throws OperationError 400 for a cursor that is not one, and for another parameter beside it, which would mean nothing
 */
export function openCursor(allowed: Allowed, path: string): { query: [string, string][]; after?: Position } {
  const { parameters } = allowed;
  const cursor = parameters.find(([name]) => name === CURSOR)?.[1];
  if (cursor === undefined) return { query: parameters };
  if (parameters.length > 1) throw invalid(`${CURSOR}: no other parameter may stand beside it.`, CURSOR);
  return allowed.engine.cursors.open(bindingOf(allowed, path), cursor, Date.now());
}

/** @returns absolute URL of the page behind `after` */
export function nextLink(allowed: Allowed, path: string, query: [string, string][], after: Position): string {
  const cursor = allowed.engine.cursors.seal(bindingOf(allowed, path), query, after, Date.now());
  return `${allowed.base}/${path}?${CURSOR}=${cursor}`;
}
