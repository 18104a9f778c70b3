import { expect, it } from '@jest/globals';
import { csv } from '../src/index.ts';

it('writes a header and rows, and quotes cells that are not numbers', () => {
  const rows = [
    ['a, "b"\nc', 1, undefined],
    [new Date(0), -2, null],
  ];
  expect(csv(['x', 'y', 'z'], rows)).toBe(
    '"x","y","z"\r\n"a, ""b""\nc",1,""\r\n"1970-01-01T00:00:00.000Z",-2,""\r\n',
  );
});

it.each(['=1+1', '+1', '-1', '@x', '\tx', '\rx'])('turns the formula %j into a text', (text) => {
  expect(csv([], [[text]])).toBe(`\r\n"'${text}"\r\n`);
});
