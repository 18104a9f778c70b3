/** Checks of what must be true at the end, whichever faults were injected. */
import type { LoadRequest } from './load.ts';
import type { StoredAuditEvent } from './trail.ts';

/** The findings of each check, in words; a list is empty when the check passed. */
export type Findings = Record<string, string[]>;

const isDisclosed = ({ answer }: LoadRequest) =>
  answer !== undefined && answer.status >= 200 && answer.status < 300;
/** Whether the owner refused. A 401 comes from the gateway, and after a 503 the event may or may not be recorded. */
const isRefused = ({ answer }: LoadRequest) => answer?.status === 403 || answer?.status === 404;

/** Whether there has to be an event of this request. */
export const isToBeRecorded = (one: LoadRequest) => isDisclosed(one) || isRefused(one);

const said = ({ probe, owner, answer }: LoadRequest) =>
  `${probe} at ${owner} (${answer?.requestId ?? 'no answer'})`;

/** @param byRequest the known events @returns the requests without an event of their owner, in words */
export function lost(
  asked: readonly LoadRequest[],
  byRequest: ReadonlyMap<string, readonly Pick<StoredAuditEvent, 'service'>[]>,
): string[] {
  return asked.flatMap((one) => {
    const events = byRequest.get(one.answer?.requestId ?? '') ?? [];
    return events.some(({ service }) => service === one.owner) ? [] : [said(one)];
  });
}

function otherHash(
  asked: readonly LoadRequest[],
  byRequest: ReadonlyMap<string, StoredAuditEvent[]>,
): string[] {
  return asked
    .filter(({ whole }) => whole)
    .flatMap((one) => {
      const events = byRequest.get(one.answer?.requestId ?? '') ?? [];
      const own = events.find(({ service }) => service === one.owner);
      return own && own.bodyHash !== one.answer?.bodyHash ? [said(one)] : [];
    });
}

function twice(stored: readonly StoredAuditEvent[]): string[] {
  const times = Map.groupBy(stored, ({ requestId, service }) => `${requestId} of ${service}`);
  return [...times]
    .filter(([, events]) => events.length > 1)
    .map(([key, events]) => `${key}: ${events.length}`);
}

/**
 * Finds events without a request. When the response of a search did not arrive, only its probe is known. When the
 * response of a read did not arrive, nothing is known, so these are only counted.
 */
function unasked(asked: readonly LoadRequest[], stored: readonly StoredAuditEvent[]): string[] {
  const known = new Set(asked.flatMap(({ answer }) => answer?.requestId ?? []));
  const unanswered = asked.filter(({ answer }) => answer === undefined);
  const probes = new Set(unanswered.map(({ probe }) => probe));
  const strange = stored.filter(({ isRest, requestId }) => isRest && !known.has(requestId));
  const byProbe = Map.groupBy(strange, ({ probe }) => probe);
  const wrong = [...byProbe].filter(
    ([probe, events]) =>
      probe !== undefined &&
      !(probes.has(probe) && new Set(events.map(({ requestId }) => requestId)).size === 1),
  );
  const requests = new Set(strange.map(({ requestId }) => requestId)).size;
  return [
    ...wrong.map(([probe]) => `an event says that it is for ${probe}`),
    ...(requests > unanswered.length
      ? [`${requests} unknown requests, ${unanswered.length} unanswered`]
      : []),
  ];
}

/** @param own request ids of events that the test recorded itself */
export function findings(
  asked: readonly LoadRequest[],
  stored: readonly StoredAuditEvent[],
  own: readonly string[],
): Findings {
  const byRequest = Map.groupBy(stored, ({ requestId }) => requestId);
  const disclosed = asked.filter(isDisclosed);
  return {
    'every complete answer with member data has its AuditEvent': lost(disclosed, byRequest),
    'with the hash of the body that arrived': otherHash(disclosed, byRequest),
    'every refusal has its AuditEvent': lost(asked.filter(isRefused), byRequest),
    'every event of a slow transaction has its AuditEvent': own.filter((id) => !byRequest.has(id)),
    'each event is stored once': twice(stored),
    'no AuditEvent without a request': unasked(asked, stored),
  };
}
