import { describe, expect, it } from '@jest/globals';
import { type Bar, barsFigure } from '../src/bars.ts';

const figure = (bars: readonly Bar[]) =>
  barsFigure({
    caption: 'Access <by day>',
    bars,
    title: ({ label, given, refused }) => `${label}: ${given}, ${refused}`,
    legend: { given: 'given', refused: 'refused' },
    number: String,
  }).markup;

const heights = (markup: string, name: string) =>
  [...markup.matchAll(new RegExp(`<rect class="${name}"[^>]* height="(\\d+)"`, 'g'))].map(([, height]) =>
    Number(height),
  );

describe('a figure of bars', () => {
  const markup = figure([
    { label: '1 & 2', given: 1_000, refused: 0 },
    { label: 'last', given: 1, refused: 499 },
  ]);

  it('has a bar for each number that is not zero, by its share of the most', () => {
    expect(heights(markup, 'given')).toEqual([100, 2]);
    expect(heights(markup, 'refused')).toEqual([50]);
  });

  it('says in words, escaped, what it shows', () => {
    expect(markup).toContain('aria-label="Access &lt;by day&gt;"');
    expect(markup).toContain('<title>1 &amp; 2: 1000, 0</title>');
    expect(markup).toContain('<span>1 &amp; 2</span><span>last</span>');
  });

  it('is a figure, too, of nothing', () => {
    expect(heights(figure([]), 'given')).toEqual([]);
    expect(figure([{ label: 'a', given: 0, refused: 0 }])).not.toContain('<rect');
  });
});
