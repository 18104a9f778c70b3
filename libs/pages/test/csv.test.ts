import { expect, it } from '@jest/globals';
import { csv } from '../src/index.ts';

it('a CSV file has the byte order mark of UTF-8, a header and rows, and quotes around cells that are not numbers', () => {
  const rows = [
    ['a, "b"\nc', 1, undefined],
    [new Date(0), -2, null],
  ];
  expect(csv(['x', 'y', 'z'], rows)).toBe(
    '\uFEFF"x","y","z"\r\n"a, ""b""\nc",1,""\r\n"1970-01-01T00:00:00.000Z",-2,""\r\n',
  );
});

const FORMULAS = ['=1+1', '+1', '-1', '@x', '\tx', '\rx', '\nx', '\0x', '＝1+1', '＋1', '－1', '＠x'];
it.each(FORMULAS)('a CSV text turns the formula %j into a text', (text) => {
  expect(csv([], [[text]])).toBe(`\uFEFF\r\n"'${text}"\r\n`);
});
