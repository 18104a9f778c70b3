/**
 * Which traces the events of a delivery belong to. They travel beside what is signed, as a header of the message or of the
 * HTTP request: a trace is no evidence, and nothing depends on it.
 */
const SEPARATOR = ',';
/** A delivery has thousands of events. Where more of them are traced, the rest have no span in audit-service. */
const MOST = 64;
const MARK = /^00-[\da-f]{32}-[\da-f]{16}-01$/;

export const TRACES_HEADER = 'x-traces';

/** @param traceparents of events; undefined for those whose trace is not kept @returns the header; none without any */
export function tracesHeader(
  traceparents: readonly (string | undefined)[],
): Record<string, string> | undefined {
  const kept = traceparents.filter((each) => each !== undefined).slice(0, MOST);
  return kept.length === 0 ? undefined : { [TRACES_HEADER]: kept.join(SEPARATOR) };
}

/** @returns the traces that a header names */
export const tracesIn = (header: string | undefined): string[] =>
  (header ?? '').split(SEPARATOR, MOST).filter((each) => MARK.test(each));
