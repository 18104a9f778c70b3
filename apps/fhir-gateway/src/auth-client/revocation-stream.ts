/** What auth-service says on its stream of revocations (server-sent events, WHATWG HTML section 9.2). */
import { REPLICAS_EVENT, RevocationNotice } from '@patient-access/internal-api';
import { z } from 'zod';

/** Something was revoked, and `undefined` is what nobody can read; or how many gateways live. */
export type StreamEvent = { revoked: RevocationNotice | undefined } | { gateways: number };

const Gateways = z.int().positive();
/** A field with its value, where U+2028 ends no line; a comment; or the end of an event. */
const LINE = /^(?:(event|data|id|retry): ?(.*)|:.*|)$/s;

/** @returns undefined for an event of a later release */
function eventOf(name: string, data: string): StreamEvent | undefined {
  if (name === '') return { revoked: RevocationNotice.parse(JSON.parse(data)) };
  return name === REPLICAS_EVENT ? { gateways: Gateways.parse(Number(data)) } : undefined;
}

/** Parses events whose data is one line. A line that is not understood may be a notice, so it counts as one of everything. */
export async function* streamEvents(chunks: AsyncIterable<unknown>): AsyncGenerator<StreamEvent> {
  let rest = '';
  let name = '';
  for await (const chunk of chunks) {
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const understood = LINE.exec(line);
      if (!understood) yield { revoked: undefined };
      const [, field, value = ''] = understood ?? [];
      if (field === 'event') name = value;
      // An empty line ends the event.
      if (line === '') name = '';
      const event = field === 'data' ? eventOf(name, value) : undefined;
      if (event) yield event;
    }
  }
}
