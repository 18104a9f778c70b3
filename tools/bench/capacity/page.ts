/** The tables of docs/capacity.md. */
import { markdownTable } from '../report.ts';
import { ceilings } from './ceilings.ts';
import { needs } from './needs.ts';
import { type Payer, TEN_MILLION } from './payer.ts';

export const FILE = 'docs/capacity.md';
const BLOCK = /(?<=<!-- computed by npm run capacity -->\n)[\s\S]*?(?=<!-- end -->)/;

/** Two digits that mean something. */
const rounded = (amount: number): string =>
  Number(amount.toPrecision(2)).toLocaleString('en-US', { maximumFractionDigits: 2 });

/** @returns both tables in Markdown: what is needed, and which limit is met first */
export function tables(payer: Payer): string {
  const needed = needs(payer).map(({ what, amount, unit, from }) => [
    what,
    `${rounded(amount)} ${unit}`.trim(),
    from,
  ]);
  const limits = ceilings(payer).map(({ what, share, why }) => [what, `${rounded(share * 100)} %`, why]);
  return [
    markdownTable(['what', 'how much', 'from'], needed),
    markdownTable(['limit, the first one at the top', 'of it', 'the limit'], limits),
  ].join('\n\n');
}

/** @returns the page as it should be */
export const expectedPage = (text: string): string =>
  text.replace(BLOCK, () => `\n${tables(TEN_MILLION)}\n\n`);
