import { generateKeyPairSync } from 'node:crypto';

/** @returns a private key by which a service is known to audit-service, as it is mounted */
export const newEventKey = (): string =>
  generateKeyPairSync('ed25519', {
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  }).privateKey;
