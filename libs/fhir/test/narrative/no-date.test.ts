/** Days that stand for no date in what plans send: 0001-01-01, and 9999-12-31 for no end. */
import { describe, expect, it } from '@jest/globals';
import { saidOf as said, TOLD_C4BB, TOLD_CARC, toldClaim as claim, toldCode as code } from './told.ts';

const [NO_DATE, NO_END] = ['0001-01-01', '9999-12-31'];

describe('a day that stands for no date', () => {
  const coverage = (period: object) => ({
    ...{ resourceType: 'Coverage', id: 'c', status: 'active', payor: [{ display: 'Northwind' }] },
    period,
  });

  it('is not told of a coverage', () => {
    expect(said(coverage({ start: '2025-01-01', end: NO_END })).en).toBe(
      'Insurance, from Northwind. It began on January 1, 2025.',
    );
    const { en, es } = said(coverage({ start: NO_DATE, end: '9999' }));
    expect([en, es]).toEqual(['Insurance, from Northwind.', 'Seguro, de Northwind.']);
  });

  it.each([
    [{ start: '2025-07-01', end: NO_END }, 'from July 1, 2025,', 'desde el 1 de julio de 2025,'],
    [{ start: NO_DATE, end: '2025-07-01' }, 'until July 1, 2025,', 'hasta el 1 de julio de 2025,'],
    [{ start: NO_DATE, end: `${NO_END}T23:59:59Z` }, 'by Ivan', 'de Ivan'],
  ])('leaves the time of care open on its side: %j', (billablePeriod, inEnglish, inSpanish) => {
    const { en, es } = said(claim({ billablePeriod }));
    expect([en, es]).toEqual([
      expect.stringMatching(`^Dental care .Dental check.,? ?${inEnglish}`),
      expect.stringMatching(`^Atención dental .Dental check.,? ?${inSpanish}`),
    ]);
  });

  it.each([NO_DATE, NO_END, '9998-12-31'])('is no day by which a member may appeal: %s', (created) => {
    const denied = { category: code(TOLD_C4BB, 'x'), reason: code(TOLD_CARC, '96') };
    expect(said(claim({ created, adjudication: [denied] }), { appealDays: 180 }).en).toMatch(
      / You can appeal\. The plan’s letter says how, and by when\.$/,
    );
  });
});
