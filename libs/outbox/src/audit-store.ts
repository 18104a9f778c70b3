import { batchText, type EventBatch, type EventSigner, type SequenceRange } from '@patient-access/events';
import {
  ACCESS_EVENTS_PATH,
  HELD_PLANS_HEADER,
  MISSING_EVENTS_PATH,
  MissingEvents,
  QUESTION_SIGNATURE_HEADER,
  questionStatement,
  type SequenceQuery,
} from '@patient-access/internal-api';
import { tracesHeader } from '@patient-access/tracing';
import type { HeldPlans } from './publisher.ts';

const DELIVER_MS = 5_000;
const ASK_MS = 2_000;
const UNAVAILABLE = 503;
/**
 * A replica that has just started does not say which plans are held, until it has read what is known outside. A release before
 * never says it. While no answer has said it for so long, what was said before counts no more, or events of a plan would wait here
 * after audit-service was rolled back. A plan that is held all the same is refused by the store, as before it was heard of.
 */
const BELIEVE_MS = 600_000;

/** @returns the text of the answer @throws Error when it is no success */
async function textOf(response: Response): Promise<string> {
  const text = await response.text();
  if (!response.ok) throw new Error(`audit-service answered ${response.status}`);
  return text;
}

/** The audit store as a producer sees it. Only its confirmation allows a producer to delete an event. */
export interface AuditStore {
  /** Plans whose trail took no events when it last said so. */
  readonly held: HeldPlans;
  /** Stores batches. Resolves after the store's commit. @returns the plans whose batches it did not take, and no others */
  deliver(batches: readonly EventBatch[]): Promise<HeldPlans>;
  /** @returns which of the sequence numbers `first` to `last` the store has not committed */
  missing(producer: string, [first, last]: SequenceRange): Promise<SequenceRange[]>;
}

const tracesOf = (batches: readonly EventBatch[]) =>
  batches.flatMap(({ records }) => records.map(({ traceparent }) => traceparent));

/**
 * Nothing secret is sent: batches carry their signatures, and a question is signed by who asks it.
 *
 * @param auditUrl base URL of audit-service
 * @param believeMs how long answers that say nothing of held plans leave what was said before
 */
export function auditStore(auditUrl: string, signer: EventSigner, believeMs = BELIEVE_MS): AuditStore {
  let held: HeldPlans = new Set();
  let saidAt = -Infinity;
  return {
    get held() {
      return held;
    },
    async deliver(batches) {
      const response = await fetch(new URL(ACCESS_EVENTS_PATH, auditUrl), {
        method: 'POST',
        headers: { 'content-type': 'application/x-ndjson', ...tracesHeader(tracesOf(batches)) },
        body: batches.map(batchText).join('\n\n'),
        signal: AbortSignal.timeout(DELIVER_MS),
      });
      const refused = response.status === UNAVAILABLE ? response.headers.get(HELD_PLANS_HEADER) : null;
      await (refused === null ? textOf(response) : response.text());
      return new Set(refused?.split(' '));
    },
    async missing(producer, [first, last]) {
      const url = new URL(MISSING_EVENTS_PATH, auditUrl);
      const question: SequenceQuery = { producer, first, last };
      url.search = String(new URLSearchParams({ producer, first: String(first), last: String(last) }));
      const signature = `${signer.kid} ${signer.sign(questionStatement(question))}`;
      const response = await fetch(url, {
        headers: { [QUESTION_SIGNATURE_HEADER]: signature },
        signal: AbortSignal.timeout(ASK_MS),
      });
      const answer = MissingEvents.parse(JSON.parse(await textOf(response)));
      const now = performance.now();
      if (answer.held) {
        held = new Set(answer.held);
        saidAt = now;
      } else if (now - saidAt >= believeMs) held = new Set();
      return answer.missing;
    },
  };
}
