import { SpanStatusCode } from '@opentelemetry/api';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import { ALLOWED_ATTRIBUTES } from '@patient-access/tracing';

const RULES: Readonly<Record<string, RegExp>> = ALLOWED_ATTRIBUTES;

const isAllowed = ([name, value]: [string, unknown]) => RULES[name]?.test(String(value)) ?? false;

/** @returns a span without all that is not known to be harmless: see `SpanAttributes` */
function allowedPart(span: ReadableSpan): ReadableSpan {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return {
    name: span.name,
    kind: span.kind,
    spanContext: () => ({ traceId, spanId, traceFlags }),
    ...(span.parentSpanContext && { parentSpanContext: span.parentSpanContext }),
    startTime: span.startTime,
    endTime: span.endTime,
    duration: span.duration,
    ended: span.ended,
    // A message may quote a value.
    status: { code: span.status.code === SpanStatusCode.ERROR ? SpanStatusCode.ERROR : SpanStatusCode.UNSET },
    attributes: Object.fromEntries(Object.entries(span.attributes).filter(isAllowed)),
    links: [],
    events: [],
    resource: span.resource,
    instrumentationScope: span.instrumentationScope,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

/** Lets nothing through but what is allowed, whoever made the span. */
export class AllowedSpans implements SpanExporter {
  private readonly exporter: SpanExporter;

  constructor(exporter: SpanExporter) {
    this.exporter = exporter;
  }

  export(spans: ReadableSpan[], done: Parameters<SpanExporter['export']>[1]): void {
    this.exporter.export(spans.map(allowedPart), done);
  }

  shutdown(): Promise<void> {
    return this.exporter.shutdown();
  }
}
