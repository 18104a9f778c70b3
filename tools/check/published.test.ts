import { expect, test } from '@jest/globals';
import { loadChecks } from '@patient-access/import';
import { published } from '@patient-access/population';
import { findingsIn, publishedGaps } from './published.ts';

test('the directories and formularies of the preview fit Plan-Net and the Drug Formulary', async () => {
  expect(await publishedGaps()).toBeUndefined();
});

test('an entry that does not fit is named, also one that names no profile', async () => {
  const { profiles } = await loadChecks('northwind~provider-directory');
  const role = published('northwind', 1)['provider-directory'].find(
    ({ resourceType }) => resourceType === 'PractitionerRole',
  );
  if (!role) throw new Error('no role');
  const [network] = role['extension'] as object[];
  const broken = { ...role, meta: {}, extension: [network, network] };
  expect(findingsIn(profiles, [broken])).toEqual([
    expect.stringMatching(/plannet-PractitionerRole: .*network-reference maximum 0\.\.1$/),
  ]);
});
