/** A choice has one type, in whatever order a program writes a primitive and its extensions. */
import { expect, test } from '@jest/globals';
import { parseResource, type Resource } from '../../src/resource.ts';
import { structureErrors } from '../../src/structure/structure.ts';

const MORE = { extension: [{ url: 'urn:x', valueCode: 'y' }] };
const faultsOf = (more: object) =>
  structureErrors(
    parseResource(JSON.stringify({ resourceType: 'Patient', id: 'p', ...more })) as Resource,
  ).map(({ location, reason }) => `${location}: ${reason}`);

test.each<[string, object]>([
  ['with its extensions behind it', { deceasedDateTime: '2020', _deceasedDateTime: MORE }],
  ['behind its extensions, as programs sort names', { _deceasedDateTime: MORE, deceasedDateTime: '2020' }],
  ['of extensions alone', { _deceasedBoolean: MORE }],
])('sound: a choice %s', (_, more) => {
  expect(faultsOf(more)).toEqual([]);
});

test.each<[string, object]>([
  ['two values', { deceasedBoolean: true, deceasedDateTime: '2020' }],
  ['a value, and extensions of another type', { deceasedDateTime: '2020', _deceasedBoolean: MORE }],
  ['extensions, and a value of another type', { _deceasedDateTime: MORE, deceasedBoolean: true }],
  ['extensions of two types', { _deceasedDateTime: MORE, _deceasedBoolean: MORE }],
])('broken: %s', (_, more) => {
  expect(faultsOf(more)).toEqual(['Patient: more than one deceased[x]']);
});
