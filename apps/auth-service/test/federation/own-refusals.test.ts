/** A stranger with a large IPv6 network has more networks than refused logins have events in a minute. */
import { describe, expect, it } from '@jest/globals';
import { OwnRefusals } from '../../src/domain/federation/own-refusals.ts';

describe('A16: events of refused logins at an identity provider', () => {
  it('are left to persons whom the provider has named, however many networks a stranger has', () => {
    const refusals = new OwnRefusals();
    for (let n = 0; n <= 10_000; n += 1) refusals.mayHaveOwn(undefined, `network-${n}`);
    expect(refusals.mayHaveOwn('u-twin', 'network-1')).toBe(true);
  });

  it('are no more than 30 in a minute for one person, whatever her network', () => {
    const refusals = new OwnRefusals();
    const own = Array.from({ length: 100 }, (_, n) => refusals.mayHaveOwn('u-twin', `network-${n}`));
    // The calls may be in two minutes.
    expect(own.filter(Boolean).length).toBeLessThanOrEqual(60);
    expect(own.slice(0, 30)).toEqual(own.slice(0, 30).map(() => true));
  });
});
