/** Actions of a RequestGroup name one another by the ids that they have within it. */
import { expect, test } from '@jest/globals';
import { withoutReferences } from '../../src/withholding/without-references.ts';

const secret = { id: 'detox', title: 'first', resource: { reference: 'ServiceRequest/w' } };
const after = (actionId: string) => ({ actionId, relationship: 'after-end' });
const group = (...action: object[]) => ({ resourceType: 'RequestGroup', id: 'x', status: 'active', action });
const left = (...action: object[]) =>
  withoutReferences(group(...action), new Set(['ServiceRequest/w']), 't') as object;

test('an action that goes is named by no other, at any depth', () => {
  const other = { id: 'visit', title: 'then', relatedAction: [after('detox')], code: [{ text: 'visit' }] };
  const third = {
    title: 'last',
    action: [{ title: 'inner', relatedAction: [after('visit'), after('detox')] }],
  };
  expect(JSON.stringify(left(secret, other, third))).toBe(
    JSON.stringify(
      group(
        { id: 'visit', title: 'then', code: [{ text: 'visit' }] },
        { title: 'last', action: [{ title: 'inner', relatedAction: [after('visit')] }] },
      ),
    ),
  );
});

test('a name that no action ever had stays', () => {
  const other = { title: 'then', relatedAction: [after('elsewhere')] };
  expect(left(secret, other)).toEqual(group(other));
});
