/**
 * Our own few spans. They are made where work passes from one part to another, and only for a request whose trace is kept:
 * without one, each of these functions returns at once.
 */
import {
  context,
  type Context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import type { SpanAttributes } from './attributes.ts';
import { formatTraceparent, parseTraceparent, TRACEPARENT_HEADER } from './traceparent.ts';

const tracer = trace.getTracer('patient-access');

/** @returns the span of the request that is served now, if its trace is kept */
function spanNow(): Span | undefined {
  const span = trace.getActiveSpan();
  return span?.isRecording() ? span : undefined;
}

/** Does some work as a span of the request that is served now. @param name fixed in the code, so that it names nobody */
export function inSpan<Result>(
  name: string,
  work: () => Promise<Result>,
  attributes: SpanAttributes = {},
): Promise<Result> {
  if (!spanNow()) return work();
  return tracer.startActiveSpan(name, { attributes: { ...attributes } }, (span) =>
    work()
      .catch((error: unknown) => {
        // Without its message, which may quote a value.
        span.setStatus({ code: SpanStatusCode.ERROR });
        throw error;
      })
      .finally(() => span.end()),
  );
}

/** @returns the header by which another process goes on with the trace of this request; none where there is no trace */
export function traceHeaders(): Record<string, string> {
  const now = traceparentNow();
  return now === undefined ? {} : { [TRACEPARENT_HEADER]: now };
}

/** @returns where the request that is served now stands, for what is told about it later; undefined unless its trace is kept */
export function traceparentNow(): string | undefined {
  const span = spanNow();
  return span && formatTraceparent(span.spanContext());
}

const KINDS = { producer: SpanKind.PRODUCER, consumer: SpanKind.CONSUMER };

/** Makes a span of the trace to which a {@link traceparentNow} belongs, about what has just ended. */
export function spanSince(
  traceparent: string,
  name: string,
  kind: keyof typeof KINDS,
  startTime: Date,
): void {
  const parent = parseTraceparent(traceparent);
  if (!parent) return;
  tracer.startSpan(name, { kind: KINDS[kind], startTime }, trace.setSpanContext(ROOT_CONTEXT, parent)).end();
}

/** The span of a request that a server answers. */
export interface ServerSpan {
  span: Span;
  /** in which the request is served */
  context: Context;
}

/**
 * Begins the span of a request.
 *
 * @param traceparent the header, if the caller is believed; otherwise the trace begins here
 * @returns undefined when nobody keeps its trace
 */
export function startServerSpan(
  name: string,
  traceparent: unknown,
  attributes: SpanAttributes,
): ServerSpan | undefined {
  const parent = parseTraceparent(traceparent);
  const within = parent ? trace.setSpanContext(ROOT_CONTEXT, parent) : ROOT_CONTEXT;
  const span = tracer.startSpan(name, { kind: SpanKind.SERVER, attributes: { ...attributes } }, within);
  return span.isRecording() ? { span, context: trace.setSpan(within, span) } : undefined;
}

/** Goes on with a request in the context of its span. */
export const serveWithin = (served: ServerSpan, go: () => void): void => context.with(served.context, go);
