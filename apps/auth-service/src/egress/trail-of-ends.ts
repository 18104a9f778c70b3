/** Asks audit-service about marks and ends. Each question is signed with the service's own key. */
import { eventSigner } from '@patient-access/events';
import {
  DATABASE_MARKS_PATH,
  type DatabaseMark,
  type EndsQuery,
  endsStatement,
  HighestMark,
  markStatement,
  pathTo,
  QUESTION_SIGNATURE_HEADER,
  TRAIL_ENDS_PATH,
  TrailEnds,
} from '@patient-access/internal-api';
import type { TrailOfEnds } from '../domain/restore/trail.ts';

const MARK_MS = 1_000;
const ENDS_MS = 10_000;

/** @returns milliseconds since the epoch; undefined when nothing is said */
function instantOf(wholeSince: HighestMark['wholeSince']): number | undefined {
  if (wholeSince === undefined) return undefined;
  return wholeSince === null ? -Infinity : Date.parse(wholeSince);
}

interface Settings {
  /** internal base URL of audit-service */
  AUDIT_URL: string;
  /** private key of this service */
  EVENT_KEY: string;
}

interface Question {
  path: string;
  query: object;
  /** what is signed of it */
  statement: string;
}

export function trailOfEnds({ AUDIT_URL: base, EVENT_KEY: pem }: Settings): TrailOfEnds {
  const signer = eventSigner('auth-service', pem);
  async function ask(
    { path, query, statement }: Question,
    method: 'GET' | 'POST',
    timeoutMs: number,
  ): Promise<unknown> {
    const url = new URL(path, base);
    url.search = String(new URLSearchParams(Object.entries(query)));
    const headers = { [QUESTION_SIGNATURE_HEADER]: `${signer.kid} ${signer.sign(statement)}` };
    const response = await fetch(url, { method, headers, signal: AbortSignal.timeout(timeoutMs) });
    const text = await response.text();
    if (!response.ok) throw new Error(`audit-service answered ${response.status}`);
    return JSON.parse(text);
  }
  return {
    async highestMark(database, mark, known) {
      const query: DatabaseMark = { database, mark, known };
      const question = { path: DATABASE_MARKS_PATH, query, statement: markStatement(query) };
      const { highest, wholeSince } = HighestMark.parse(await ask(question, 'POST', MARK_MS));
      return { highest, wholeSinceMs: instantOf(wholeSince) };
    },
    async *endsSince(tenant, since) {
      const path = pathTo(TRAIL_ENDS_PATH, { tenant });
      let after = '';
      do {
        const query: EndsQuery = { since: since.toISOString(), ...(after && { after }) };
        const question = { path, query, statement: endsStatement(tenant, query) };
        const { ends, next } = TrailEnds.parse(await ask(question, 'GET', ENDS_MS));
        yield ends;
        after = next ?? '';
      } while (after);
    },
  };
}
