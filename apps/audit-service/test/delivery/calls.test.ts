import { describe, expect, it } from '@jest/globals';
import { callsOf } from '../../src/delivery/calls.ts';

/** As much of a batch as decides where it goes. */
function batch(lane: number, numbers: number[], change: object = {}) {
  const records = numbers.map((sequence) => ({ sequence, text: '' }));
  const signed = { producer: 'claims-service/1', tenant: 'northwind', lane, kid: '', signature: '', records };
  return { batch: { ...signed, ...change }, opened: { records: [], hashes: [], invalid: [] } };
}
const range = (from: number, length: number) => Array.from({ length }, (_, at) => from + at);
const lanesOf = (calls: ReturnType<typeof callsOf>) =>
  calls.map((call) => call.map((each) => each.batch.lane));

describe('the calls that store a delivery', () => {
  it('are one for the batches of all lanes while these are few', () => {
    expect(lanesOf(callsOf([batch(3, [1]), batch(1, [2]), batch(2, [3, 4])]))).toEqual([[1, 2, 3]]);
  });

  it('are several for many events, and those of a lane stand together', () => {
    const many = [batch(1, range(1, 300)), batch(2, range(301, 300)), batch(1, range(601, 300))];
    expect(lanesOf(callsOf(many))).toEqual([[1, 1], [2]]);
  });

  it('are one for each tenant and producer', () => {
    const [other, elsewhere] = [{ producer: 'auth-service/1' }, { tenant: 'lakeside' }];
    const calls = callsOf([batch(1, [1]), batch(2, [1], other), batch(3, [2], elsewhere), batch(4, [3])]);
    expect(lanesOf(calls)).toEqual([[1, 4], [2], [3]]);
  });

  it('never hold a number twice', () => {
    expect(lanesOf(callsOf([batch(1, [1, 2]), batch(2, [2]), batch(3, [3])]))).toEqual([[1], [2, 3]]);
  });

  it('have a batch of their own for each that holds what is no event, and what follows it', () => {
    const odd = batch(2, [2]);
    const invalid = [{ record: { sequence: 2, text: '' }, invalid: 'not JSON' }];
    const calls = callsOf([batch(1, [1]), { ...odd, opened: { ...odd.opened, invalid } }, batch(3, [3])]);
    expect(lanesOf(calls)).toEqual([[1], [2], [3]]);
  });
});
