import { generateKeyPairSync } from 'node:crypto';

/** A private key in the form of the mounted file. */
export const mountedCheckpointKey = (): string =>
  generateKeyPairSync('ec', {
    namedCurve: 'prime256v1',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  }).privateKey;
