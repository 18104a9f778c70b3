import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ceilings } from './ceilings.ts';
import { loadsOf } from './loads.ts';
import { needs } from './needs.ts';
import { expectedPage, FILE } from './page.ts';
import { TEN_MILLION } from './payer.ts';

describe('the page about capacity', () => {
  it('says what the figures say: npm run capacity -- --write', () => {
    const text = readFileSync(join(import.meta.dirname, '../../..', FILE), 'utf8');
    expect(text).toBe(expectedPage(text));
  });

  it('adds up by hand: fetches, requests and rows of ten million members', () => {
    const { reads, pages, resources } = loadsOf(TEN_MILLION);
    // 500,000 members with an app fetch four times a day, with 5 reads and 8 pages; the peak is four times the mean.
    expect(reads).toBeCloseTo((500_000 * 4 * 5 * 4) / 86_400, 6);
    expect(pages / reads).toBeCloseTo(8 / 5, 6);
    expect(resources.claims).toBe(2.5e9);
  });

  it('asks for twice as much for twice as many members, and never for less than two replicas', () => {
    const amountOf = (members: number, what: string) =>
      needs({ ...TEN_MILLION, members }).find((need) => need.what === what)?.amount ?? 0;
    for (const what of ['resources', 'Postgres of claims', 'events at the peak', 'the first load'])
      expect(amountOf(20_000_000, what)).toBeCloseTo(2 * amountOf(10_000_000, what), 6);
    expect(amountOf(1_000, 'fhir-gateway')).toBe(2);
  });

  it('has the limit that is met first at the top', () => {
    const shares = ceilings(TEN_MILLION).map(({ share }) => share);
    expect(shares).toEqual([...shares].sort((one, other) => other - one));
  });
});
