import { describe, expect, it } from '@jest/globals';
import { CookieSignatures } from '../../src/provider/endpoints/cookie-signatures.ts';

const NEW = Buffer.from('new key');
const OLD = Buffer.from('old key');
/** What Keygrip 1.1.0 says with the same keys in base64url. */
const BY_KEYGRIP = { new: 'z3JiarFw8Oooo85ifW5b42zcHpA', old: '0fZ7II7EF272cKbLsP93AAwCBSs' };

describe('a signature of a cookie', () => {
  const signatures = new CookieSignatures([NEW, OLD]);

  it('is the one that Keygrip makes, so members stay logged in over an upgrade', () => {
    expect(signatures.sign('northwind-session=x')).toBe(BY_KEYGRIP.new);
    expect(signatures.index('northwind-session=x', BY_KEYGRIP.new)).toBe(0);
  });

  it('of an earlier key is good, and found to be of that key', () => {
    expect(signatures.index('northwind-session=x', BY_KEYGRIP.old)).toBe(1);
    expect(signatures.verify('northwind-session=x', BY_KEYGRIP.old)).toBe(true);
  });

  it.each([
    ['of another value', 'northwind-session=y', BY_KEYGRIP.new],
    ['of another cookie', 'northwind-interaction=x', BY_KEYGRIP.new],
    ['with one more character', 'northwind-session=x', `${BY_KEYGRIP.new}A`],
    ['that is cut off', 'northwind-session=x', BY_KEYGRIP.new.slice(0, -1)],
    ['that is empty', 'northwind-session=x', ''],
  ])('%s is refused', (_what, data, signature) => {
    expect(signatures.index(data, signature)).toBe(-1);
    expect(signatures.verify(data, signature)).toBe(false);
  });

  it('of a key that was taken away is refused', () => {
    expect(new CookieSignatures([NEW]).verify('northwind-session=x', BY_KEYGRIP.old)).toBe(false);
  });
});
