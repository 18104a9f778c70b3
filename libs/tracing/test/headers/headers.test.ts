import { describe, expect, it } from '@jest/globals';
import { formatTraceparent, parseTraceparent } from '../../src/traceparent.ts';
import { TRACES_HEADER, tracesHeader, tracesIn } from '../../src/traces-header.ts';

const HERE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

describe('traceparent', () => {
  it('is read as W3C Trace Context says, and written again', () => {
    const parsed = parseTraceparent(HERE);
    expect(parsed && formatTraceparent(parsed)).toBe(HERE);
  });

  it.each([
    undefined,
    '',
    'canary',
    `${HERE}\r\nx: y`,
    HERE.replace('00-', 'ff-'),
    HERE.replace('0af7651916cd43dd8448eb211c80319c', '0'.repeat(32)),
    HERE.replace('b7ad6b7169203331', '0'.repeat(16)),
    HERE.toUpperCase(),
  ])('%j is none', (header) => expect(parseTraceparent(header)).toBeUndefined());
});

describe('the traces of a delivery', () => {
  it('are those of its events that are traced, and no more than a header holds', () => {
    const header = tracesHeader([undefined, ...Array.from({ length: 500 }, () => HERE)]);
    expect(tracesIn(header?.[TRACES_HEADER])).toEqual(Array.from({ length: 64 }, () => HERE));
    expect(tracesHeader([undefined])).toBeUndefined();
  });

  it('are read one by one, and what is none is left out', () => {
    expect(tracesIn(`canary,${HERE},${HERE.replace(/1$/, '0')}`)).toEqual([HERE]);
    expect(tracesIn(undefined)).toEqual([]);
  });
});
