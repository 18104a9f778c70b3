/** What a card reads in a Coverage that is valid FHIR and that no guide describes. */
import { describe, expect, it } from '@jest/globals';
import { type CardCoverage, type CardPatient, readCard } from '../src/index.ts';

describe('an insurance card', () => {
  const cardOf = (more: Partial<CardCoverage>) =>
    readCard(
      {
        coverage: { resourceType: 'Coverage', id: 'c', status: 'active', ...more },
        patient: { resourceType: 'Patient', id: 'p' },
      },
      'en-US',
    );

  it.each([
    [{ start: '2025-01-01', end: '9999-12-31' }, [{ name: 'effective', value: 'January 1, 2025' }]],
    [{ start: '0001-01-01', end: '2026-12' }, [{ name: 'ends', value: '2026-12' }]],
    [{ start: '0001-01-01', end: '9999' }, []],
  ])('names no day that stands for no date: %j', (period, facts) => {
    expect(cardOf({ period }).facts).toEqual(facts);
  });

  const named = (family: string, more: object = {}) => ({ use: 'official', family, given: ['Kim'], ...more });
  it.each<[string, CardPatient['name']]>([
    ['by the end of its period', [named('Before', { period: { end: '2015-06-30' } }), named('Now')]],
    ['by a period of a month', [named('Before', { period: { end: '2015-06' } }), named('Now')]],
    ['as a maiden name', [named('Before', { use: 'maiden' }), named('Now', { use: 'usual' })]],
    ['as an old one', [named('Before', { use: 'old' }), named('Now', { period: { end: '9999-12-31' } })]],
  ])('does not have a name of before that is told %s', (_, name) => {
    const coverage = { resourceType: 'Coverage', id: 'c' };
    const card = readCard({ coverage, patient: { resourceType: 'Patient', id: 'p', name } }, 'en-US');
    expect(card.holder).toBe('Kim Now');
  });

  it('has the last name that the plan sends where it has ended each of them', () => {
    const name = [named('Only', { period: { end: '2015-06-30' } })];
    const coverage = { resourceType: 'Coverage', id: 'c' };
    const card = readCard({ coverage, patient: { resourceType: 'Patient', id: 'p', name } }, 'en-US');
    expect(card.holder).toBe('Kim Only');
  });

  it('names an amount whose currency is no code without it', () => {
    const cost = (currency: string) => ({ type: { text: currency }, valueMoney: { value: 35.5, currency } });
    expect(cardOf({ costToBeneficiary: [cost('US$'), cost('USD'), cost('usd')] }).costs).toEqual([
      { name: 'US$', value: '35.5' },
      { name: 'USD', value: '$35.50' },
      { name: 'usd', value: '$35.50' },
    ]);
  });
});
