import { expect, test } from '@jest/globals';
import { printable } from '../src/pdf-letters.ts';

test('letters and signs of Windows-1252 are printed, and each other character is a question mark', () => {
  const shown = 'Šimon Žižka’s Choice™ • €5 – “café” ñ';
  expect(printable(shown)).toBe(shown);
  expect(printable('Đặng 🙂\n')).toBe('??ng ??');
});
