/** The header of W3C Trace Context, https://www.w3.org/TR/trace-context/ section 3.2. */
import { isSpanContextValid, type SpanContext, TraceFlags } from '@opentelemetry/api';

/** `tracestate` beside it is neither read nor sent: what it holds is up to whoever wrote it. */
export const TRACEPARENT_HEADER = 'traceparent';

const TRACEPARENT = /^00-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})$/;
const HEX = 16;

export const formatTraceparent = ({ traceId, spanId, traceFlags }: SpanContext): string =>
  `00-${traceId}-${spanId}-${traceFlags & TraceFlags.SAMPLED ? '01' : '00'}`;

/** @returns undefined when a header holds no span */
export function parseTraceparent(header: unknown): SpanContext | undefined {
  const [, traceId = '', spanId = '', flags = ''] = TRACEPARENT.exec(String(header)) ?? [];
  const context = { traceId, spanId, traceFlags: parseInt(flags, HEX) & TraceFlags.SAMPLED, isRemote: true };
  return isSpanContextValid(context) ? context : undefined;
}
