/** Which services are asked. */
import { type Owner, ownersOf, PART, RELATED_PATH } from '@patient-access/fhir';
import { RECORD_SERVICES } from '@patient-access/topology';

const CALLED = /^([A-Za-z]+)(?:(?:\/[^/?]+)?\/\$([a-z-]+)(?=\?|$))?/;
const NAMED = new RegExp(`[?&]${PART}=([a-z-]+)(?=&|$)`);

export interface Places {
  /** one after the other: from the one that is named, if any, to the last that may have a part */
  owners: readonly Owner[];
  /** parts of one whole, rather than places where one thing may be */
  isOperation: boolean;
}

/** @param below the FHIR base, with query */
export function placesOf(below: string): Places {
  const [, type = '', operation] = CALLED.exec(below) ?? [];
  const owners = ownersOf(type, operation);
  const named = NAMED.exec(below)?.[1];
  // The owners' own question about a page is not for anybody outside.
  if (below.startsWith(RELATED_PATH)) return { owners: [], isOperation: false };
  // What no service owns is refused by one that writes down who asked for it.
  if (owners.length === 0) return { owners: RECORD_SERVICES.slice(0, 1), isOperation: false };
  const from = owners.findIndex((owner) => owner === named);
  return { owners: owners.slice(Math.max(from, 0)), isOperation: operation !== undefined };
}

/** The same request for another owner's part. */
export function atPart(below: string, owner: Owner): string {
  const [path = '', ...query] = below.split('?');
  const others = query
    .join('?')
    .split('&')
    .filter((pair) => pair && !pair.startsWith(`${PART}=`));
  return `${path}?${[...others, `${PART}=${owner}`].join('&')}`;
}
