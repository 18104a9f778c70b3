/** The tests of all services rely on these: a request that left nothing must be found. */
import { expect, test } from '@jest/globals';
import { type EndedRequest, unaccountedFor } from '../../src/index.ts';

const TABLES = { withoutEvent: { 'GET /public': 'says nothing' }, leadsOn: { 'GET /next': 'leads on' } };
const ended = (change: Partial<EndedRequest>): EndedRequest => ({
  ...{ id: 'x', route: 'GET /forgotten', how: 'as nobody', status: 200 },
  ...change,
});

test.each([200, 201, 303, 401, 403, 404, 500, undefined])(
  'a request that ended with %s and left nothing is found',
  (status) => {
    expect(unaccountedFor([ended({ status })], [], TABLES)).toHaveLength(1);
  },
);

test('an event of its own is enough, and so is one of the counts of its route', () => {
  const requests = [ended({}), ended({ id: 'y', status: 404 })];
  const counts = { kind: 'denied-attempts', requestId: 'z', request: 'GET /forgotten' };
  expect(unaccountedFor(requests, [{ requestId: 'x' }, { ...counts, count: 1 }], TABLES)).toEqual([]);
  expect(unaccountedFor(requests, [{ ...counts, count: 2 }], TABLES)).toEqual([]);
  expect(unaccountedFor(requests, [{ ...counts, count: 3 }], TABLES)).toHaveLength(1);
  expect(unaccountedFor(requests, [{ ...counts, request: 'GET /other', count: 2 }], TABLES)).toHaveLength(1);
});

test('what a table names leaves nothing when it ends well, and is counted when it is refused', () => {
  for (const route of ['GET /public', 'HEAD /public']) {
    expect(unaccountedFor([ended({ route })], [], TABLES)).toEqual([]);
    expect(unaccountedFor([ended({ route, status: 404 })], [], TABLES)).toHaveLength(1);
  }
  const leadsOn = ended({ route: 'GET /next', status: 303 });
  expect(unaccountedFor([leadsOn], [], TABLES)).toEqual([]);
  expect(unaccountedFor([leadsOn], [{ request: 'GET /next', count: 1 }], TABLES)).toEqual([]);
  expect(unaccountedFor([{ ...leadsOn, status: 200 }], [], TABLES)).toHaveLength(1);
});
