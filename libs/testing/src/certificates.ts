/** Certificate authorities for the processes on one machine, and what they sign, made with openssl. Files that are there already are kept. */
import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const DAYS = ['-days', '825'];
const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

/** Paths of files in PEM. */
export interface KeyPair {
  certificateFile: string;
  keyFile: string;
}

/** @throws Error with what is missing, or with what openssl said */
function openssl(...args: string[]): void {
  try {
    execFileSync('openssl', args, { stdio: 'pipe' });
  } catch (error) {
    const { code, stderr } = error as { code?: string; stderr?: Buffer };
    const reason = code === 'ENOENT' ? '"openssl" is not installed' : String(stderr).trim();
    throw new Error(`Certificates are made with openssl: ${reason}`, { cause: error });
  }
}

const filesOf = (folder: string, name: string): KeyPair => ({
  certificateFile: join(folder, `${name}.pem`),
  keyFile: join(folder, `${name}.key`),
});

/** @returns the authority in a folder, which has to exist */
export function makeAuthority(folder: string, name = 'ca'): KeyPair {
  const files = filesOf(folder, name);
  if (existsSync(files.certificateFile)) return files;
  const usage = ['-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'keyUsage=critical,keyCertSign'];
  const to = ['-keyout', files.keyFile, '-out', files.certificateFile];
  openssl('req', '-x509', ...NEW_KEY, '-subj', `/CN=A developer's ${name}`, ...DAYS, ...usage, ...to);
  return files;
}

/**
 * @param name common name: of a client of Kafka the user that the broker sees, `CN={name}`
 * @param hosts for which it is good
 * @returns a certificate for a server and for a client
 */
export function makeCertificate(
  folder: string,
  authority: KeyPair,
  name: string,
  hosts = 'IP:127.0.0.1,DNS:localhost',
): KeyPair {
  const files = filesOf(folder, name);
  if (existsSync(files.certificateFile)) return files;
  const [request, extensions] = [join(folder, `${name}.csr`), join(folder, `${name}.ext`)];
  writeFileSync(extensions, `subjectAltName=${hosts}\nextendedKeyUsage=serverAuth,clientAuth\n`);
  openssl('req', '-new', ...NEW_KEY, '-subj', `/CN=${name}`, '-keyout', files.keyFile, '-out', request);
  const by = ['-CA', authority.certificateFile, '-CAkey', authority.keyFile, '-CAcreateserial'];
  const to = ['-extfile', extensions, '-out', files.certificateFile];
  openssl('x509', '-req', '-in', request, ...by, ...DAYS, ...to);
  return files;
}
