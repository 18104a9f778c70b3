import { describe, expect, it } from '@jest/globals';
import { messageReader } from '../../src/pipeline/message-reader.ts';

function message(type: string, content: string): Buffer {
  const bytes = Buffer.from(content);
  const head = Buffer.alloc(5, type);
  head.writeInt32BE(bytes.length + 4, 1);
  return Buffer.concat([head, bytes]);
}

const MESSAGES: [string, string][] = [
  ['Z', 'I'],
  ['D', 'x'.repeat(300)],
  ['C', ''],
  ['D', 'ä€😀'],
];
const STREAM = Buffer.concat(MESSAGES.map(([type, content]) => message(type, content)));

describe('messages that arrive in chunks', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 100, 305, 306, 311, 1_000])('of %i bytes are read correctly', (size) => {
    const read: [string, string][] = [];
    const take = messageReader((type, content) => read.push([String.fromCharCode(type), content.toString()]));
    for (let at = 0; at < STREAM.length; at += size) take(STREAM.subarray(at, at + size));
    expect(read).toEqual(MESSAGES);
  });
});
