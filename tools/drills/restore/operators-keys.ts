/** The keys with which operators sign what a restore has lost. No service has the private one. */
import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Paths of files in PEM. */
export interface OperatorsKeys {
  privateFile: string;
  publicFile: string;
}

export function makeOperatorsKeys(directory: string): OperatorsKeys {
  const { privateKey, publicKey } = generateKeyPairSync('ec', {
    namedCurve: 'prime256v1',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const [privateFile, publicFile] = ['operators.pem', 'operators-public.pem'].map((name) =>
    join(directory, name),
  ) as [string, string];
  writeFileSync(privateFile, privateKey, { mode: 0o600 });
  writeFileSync(publicFile, publicKey);
  return { privateFile, publicFile };
}
