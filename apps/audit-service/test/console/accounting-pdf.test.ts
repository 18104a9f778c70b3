/** How the table of an accounting looks on paper: a word that fits a line of its column is not cut. */
import { buffer } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { inflateSync } from 'node:zlib';
import { expect, it } from '@jest/globals';
import { disclosuresPdf } from '../../src/console/files/disclosures-pdf.ts';

const HEAD = {
  ...{ plan: 'Northwind Health', patient: 'cora', replaced: [], name: 'Cora Baker', numbers: [] },
  ...{ from: '2026-11-01', to: '2026-11-30', zone: 'America/New_York' },
  kept: { said: '', wholeUntil: null },
};

/** @returns the lines of text that a PDF draws: its streams are packed, and each line is hexadecimal with the space between letters */
function drawn(pdf: Buffer): string[] {
  const streams = [...pdf.toString('latin1').matchAll(/stream\n([\s\S]*?)\nendstream/g)];
  const pages = streams.map(([, packed = '']) =>
    inflateSync(Buffer.from(packed, 'latin1')).toString('latin1'),
  );
  return [...pages.join('\n').matchAll(/\[(.*)\] TJ/g)].map(([, pieces = '']) =>
    [...pieces.matchAll(/<([\da-f]+)>/g)].map(([, hex = '']) => Buffer.from(hex, 'hex').toString()).join(''),
  );
}

it('cuts neither a title nor the name of a type', async () => {
  const disclosure = {
    ...{
      date: 'Nov 28, 2026',
      times: 12_345,
      recipient: 'Health Diary (app-1)',
      address: 'no address known',
    },
    what: 'Coverage 17, CoverageEligibilityResponse 3, ExplanationOfBenefit 47, QuestionnaireResponse 5',
    purpose: 'Directed by the individual: consent given to this app',
  };
  const words = drawn(await buffer(Readable.from(disclosuresPdf(HEAD, [disclosure]))))
    .join(' ')
    .split(/\s+/);
  for (const cell of [...Object.values(disclosure), 'Times', 'What was disclosed', 'Who received it'])
    expect(words).toEqual(expect.arrayContaining(String(cell).split(' ')));
});
