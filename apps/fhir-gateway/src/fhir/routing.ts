/** Finds the services that answer a request. */
import { answersWithOne, type Owner, ownersOf } from '@patient-access/fhir';
import {
  linkedRequest,
  PART_PARAMETER,
  REFERENCE_DATA_PART,
  RELATED_PATH,
} from '@patient-access/internal-api';
import { RECORD_SERVICES } from '@patient-access/topology';

const TYPE_AND_OPERATION = /^([A-Za-z]+)(?:(?:\/[^/?]+)?\/\$([a-z-]+)(?=\?|$))?/;
const PART = new RegExp(`[?&]${PART_PARAMETER}=([a-z-]+)(?=&|$)`);

/** A part of an answer: what one owner has of it, or the reference data of a record. */
type Part = Owner | typeof REFERENCE_DATA_PART;

/**
 * @param below the path below the FHIR base, with query
 * @returns the parts to ask for, in order: from the one that the request names, if any, to the last that there may be
 */
export function routeOf(below: string): readonly Part[] {
  // Outside clients may not use the gateway's own requests about a page and a chain.
  if (below.startsWith(RELATED_PATH) || linkedRequest(below.split('?', 1)[0] ?? '')) return [];
  const [, type = '', operation] = TYPE_AND_OPERATION.exec(below) ?? [];
  const owners = ownersOf(type, operation);
  // A request for a type that no service owns goes to the first service, which refuses it and records who asked.
  if (owners.length === 0) return RECORD_SERVICES.slice(0, 1);
  // The next owner is asked only where the one before has no answer, so a request may not name it.
  if (operation !== undefined && answersWithOne(type, operation)) return owners;
  const parts: readonly Part[] = owners.length > 1 ? [...owners, REFERENCE_DATA_PART] : owners;
  const named = PART.exec(below)?.[1];
  const from = parts.findIndex((part) => part === named);
  return parts.slice(Math.max(from, 0));
}

/** @returns the path of the same request for another part */
export function pathOfPart(below: string, part: Part): string {
  const [path = '', ...query] = below.split('?');
  const others = query
    .join('?')
    .split('&')
    .filter((pair) => pair && !pair.startsWith(`${PART_PARAMETER}=`));
  return `${path}?${[...others, `${PART_PARAMETER}=${part}`].join('&')}`;
}
