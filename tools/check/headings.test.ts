import { expect, test } from '@jest/globals';
import { lostHeadings } from './headings.ts';

const PAGE = '# A plan’s data\n\n## `$everything`, and [more](audit.md)\n\n<a id="proof"></a>Text.\n';
const lost = (page: string) =>
  lostHeadings(
    new Map([
      ['docs/consent.md', PAGE],
      ['docs/developers/launch.md', page],
    ]),
  );

test.each([
  ['a heading with an apostrophe', '[a](../consent.md#a-plans-data)'],
  ['a heading with code and a link', '[a](../consent.md#everything-and-more)'],
  ['an anchor in the text', '[a](../consent.md#proof)'],
  ['a heading of the same page', '## Here\n\n[a](#here)'],
  ['a page of another host', '[a](https://hl7.org/fhir/R4/http.html#delete)'],
  ['a line of a program', '[a](../code.ts#L7)'],
  ['anything, in a block of code', '```\n[a](#in-code)\n```'],
])('a link may lead to %s', (_, page) => {
  expect(lost(page)).toEqual([]);
});

test.each([
  ['another page lacks', '[a](../consent.md#gone)', 'docs/consent.md has no heading #gone'],
  ['its own page lacks', '[a](#here)', 'docs/developers/launch.md has no heading #here'],
  [
    'only a block of code has',
    '```\n## Code\n```\n\n[a](#code)',
    'docs/developers/launch.md has no heading #code',
  ],
])('a link may not lead to a heading that %s', (_, page, said) => {
  expect(lost(page)).toEqual([`docs/developers/launch.md: ${said}`]);
});
