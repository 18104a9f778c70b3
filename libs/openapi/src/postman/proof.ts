/** A DPoP proof (RFC 9449 section 4.2), made in Postman's sandbox, which has no Web Crypto everywhere. */

/**
 * Adds the header DPoP with a proof for the token endpoint. The key is new each time and is thrown away: ECDSA with
 * P-256 is written out here (FIPS 186-5 section 6.4), which is good enough for a preview and not for an app.
 */
export const ADD_PROOF = `
const crypto = require('crypto-js');
const P = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n;
const N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const G = [
  0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296n,
  0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5n,
];
const mod = (a, m) => ((a % m) + m) % m;
const inverse = (a, m) => {
  let [r, s, x, y] = [m, mod(a, m), 0n, 1n];
  while (s) [r, s, x, y] = [s, r % s, y, x - (r / s) * y];
  return mod(x, m);
};
const add = (a, b) => {
  if (!a) return b;
  const same = a[0] === b[0];
  const slope = same
    ? (3n * a[0] * a[0] - 3n) * inverse(2n * a[1], P)
    : (b[1] - a[1]) * inverse(b[0] - a[0], P);
  const x = mod(slope * slope - a[0] - b[0], P);
  return [x, mod(slope * (a[0] - x) - a[1], P)];
};
const times = (k, point) => {
  let sum;
  for (let at = point; k; k >>= 1n, at = add(at, at)) if (k & 1n) sum = add(sum, at);
  return sum;
};
const hex = (n) => crypto.enc.Hex.parse(n.toString(16).padStart(64, '0'));
const base64url = (words) =>
  words.toString(crypto.enc.Base64).replace(/\\+/g, '-').replace(/\\//g, '_').replace(/=+$/, '');
const random = () => mod(BigInt('0x' + crypto.lib.WordArray.random(32)), N - 1n) + 1n;
const part = (value) => base64url(crypto.enc.Utf8.parse(JSON.stringify(value)));

const key = random();
const [x, y] = times(key, G);
const jwk = { kty: 'EC', crv: 'P-256', x: base64url(hex(x)), y: base64url(hex(y)) };
const claims = {
  htm: 'POST',
  htu: pm.collectionVariables.get('token_endpoint'),
  iat: Math.floor(Date.now() / 1000),
  jti: base64url(crypto.lib.WordArray.random(16)),
};
const input = part({ typ: 'dpop+jwt', alg: 'ES256', jwk }) + '.' + part(claims);
const once = random();
const r = mod(times(once, G)[0], N);
const s = mod(inverse(once, N) * (BigInt('0x' + crypto.SHA256(input)) + r * key), N);
pm.request.headers.upsert({ key: 'DPoP', value: input + '.' + base64url(hex(r).concat(hex(s))) });
`;
