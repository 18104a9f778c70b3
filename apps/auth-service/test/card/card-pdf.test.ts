/** The PDF of an insurance card: what has no room on a sheet goes on on another one, and which letters it can show. */
import { inflateSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { CARD_WORDS, type InsuranceCard } from '@patient-access/pages';
import { cardPdf, fitsInPdf } from '../../src/web/card/card-pdf.ts';

const CARD: InsuranceCard = {
  id: 'c',
  payer: 'Northwind Health Plan',
  plan: 'PPO Choice 35',
  holder: 'Maria Castellan',
  colors: { background: '#e7f1f3', highlight: '#0b5563' },
  facts: [{ name: 'memberId', value: 'M-1' }],
  costs: [],
  notes: [],
  contacts: [{ name: 'Member services', lines: ['(800) 555-0100'] }],
};

/** @returns the words of each sheet that has any */
function sheetsOf(pdf: Buffer): string[] {
  const streams = [...pdf.toString('latin1').matchAll(/stream\n([^]*?)\nendstream/g)];
  const contents = streams.map(([, body = '']) =>
    inflateSync(Buffer.from(body, 'latin1')).toString('latin1'),
  );
  const wordsIn = (content: string) =>
    [...content.matchAll(/<([0-9a-f]+)>/g)].map(([, hex = '']) => Buffer.from(hex, 'hex').toString('latin1'));
  return contents.map((content) => wordsIn(content).join('')).filter(Boolean);
}

const pdfOf = async (more: Partial<InsuranceCard>) =>
  sheetsOf(await cardPdf({ ...CARD, ...more }, CARD_WORDS.en));
const numbered = <Each>(count: number, each: (n: number) => Each): Each[] =>
  Array.from({ length: count }, (_, n) => each(n + 1));

describe('the PDF of an insurance card', () => {
  it('is one sheet where there is room for both sides', async () => {
    const [sheet = '', ...more] = await pdfOf({
      costs: numbered(8, (n) => ({ name: `Cost ${n}`, value: '$5' })),
    });
    expect(more).toEqual([]);
    for (const words of ['Maria Castellan', 'Cost 8', '(800) 555-0100']) expect(sheet).toContain(words);
  });

  it('keeps what a cost is called beside its sum where there are more than a sheet has room for', async () => {
    const costs = numbered(60, (n) => ({ name: `Cost ${n}:`, value: `Sum ${n};` }));
    const sheets = await pdfOf({ costs, notes: numbered(9, (n) => `Note ${n}.`) });
    expect(sheets).toHaveLength(2);
    const placeOf = (words: string) => sheets.findIndex((sheet) => sheet.includes(words));
    expect(costs.map(({ value }) => placeOf(value))).toEqual(costs.map(({ name }) => placeOf(name)));
    expect([placeOf('Cost 1:'), placeOf('Note 9.')]).toEqual([0, 1]);
  });

  it('has the signs and letters that the fonts of PDF have, and is none with others', async () => {
    const holder = 'Šimon Žižka';
    expect(fitsInPdf({ ...CARD, plan: 'Choice™', holder, notes: ['• Call first', '€ 5'] })).toBe(true);
    expect((await pdfOf({ plan: 'Choice™', holder }))[0]).toMatch(/Choice\x99.*\x8aimon \x8ei\x9eka/);
    expect(fitsInPdf({ ...CARD, holder: 'Đặng' })).toBe(false);
  });
});
