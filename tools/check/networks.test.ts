import { expect, test } from '@jest/globals';
import { population, published } from '@patient-access/population';
import { networkContradictions, networkGaps } from './networks.ts';

test('the preview agrees with its directory', () => {
  expect(networkGaps()).toBeUndefined();
});

test('the date counts: contracts that end or begin otherwise contradict claims of both kinds', () => {
  const records = [...population({ tenant: 'northwind', members: 20 })];
  const directory = published('northwind', 1)['provider-directory'];
  const found = (periodOf: (period: object) => object) =>
    networkContradictions(
      records,
      directory.map((entry) => ({
        ...entry,
        ...('period' in entry && { period: periodOf(entry['period'] as object) }),
      })),
    ).join('\n');
  expect(found((period) => ({ ...period, end: '2024-01-31' }))).toMatch(
    /innetwork, the directory outofnetwork/,
  );
  expect(found(() => ({ start: '2023-01-01' }))).toMatch(/outofnetwork, the directory innetwork/);
});
