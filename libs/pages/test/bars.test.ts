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

describe('a bar chart', () => {
  const markup = figure([
    { label: '1 & 2', given: 1_000, refused: 0 },
    { label: 'last', given: 1, refused: 499 },
  ]);

  it('has a bar for each number above zero, with its share of the highest', () => {
    expect(heights(markup, 'given')).toEqual([100, 2]);
    expect(heights(markup, 'refused')).toEqual([50]);
  });

  it('describes what it shows in words, which are escaped', () => {
    expect(markup).toContain('aria-label="Access &lt;by day&gt;"');
    expect(markup).toContain('<title>1 &amp; 2: 1000, 0</title>');
    expect(markup).toContain('<span>1 &amp; 2</span><span>last</span>');
  });

  it('can show no data at all', () => {
    expect(heights(figure([]), 'given')).toEqual([]);
    expect(figure([{ label: 'a', given: 0, refused: 0 }])).not.toContain('<rect');
  });
});
