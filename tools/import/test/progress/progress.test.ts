import { expect, test } from '@jest/globals';
import { describe as lineOf } from '../../progress.ts';
import { emptySummary } from '../../store/summary.ts';

test('the progress line has bytes, resources, rate and rejections', () => {
  const summary = { ...emptySummary(), created: 3_998, rejected: 2 };
  const moment = { readBytes: 12e6, aheadBytes: 0, totalBytes: 36e6, seconds: 2, summary };
  expect(lineOf(moment)).toBe(
    '████████░░░░░░░░░░░░░░░░   33 %  12.0 of 36.0 MB  4,000 resources, 2,000/s  2 rejected',
  );
});

test('the progress line works before anything is stored, and with nothing to read', () => {
  const moment = { readBytes: 0, aheadBytes: 5e6, totalBytes: 10e6, seconds: 0, summary: undefined };
  expect(lineOf(moment)).toContain('    0 %  0.0 of 10.0 MB  0 resources, 0/s  looking ahead: 5.0 MB');
  expect(lineOf({ ...moment, totalBytes: 0, aheadBytes: 0 })).toContain('100 %');
});
