export { ALLOWED_ATTRIBUTES, type SpanAttributes } from './attributes.ts';
export {
  inSpan,
  type ServerSpan,
  serveWithin,
  spanSince,
  startServerSpan,
  traceHeaders,
  traceparentNow,
} from './spans.ts';
export { TRACEPARENT_HEADER } from './traceparent.ts';
export { TRACES_HEADER, tracesHeader, tracesIn } from './traces-header.ts';
