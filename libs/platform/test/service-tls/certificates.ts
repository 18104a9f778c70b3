/** Authorities and certificates, made with openssl. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
const openssl = (...args: string[]) => void execFileSync('openssl', args, { stdio: 'ignore' });

/** @returns the paths of its certificate and its key */
export function authority(folder: string, name: string): { certificate: string; key: string } {
  const [certificate, key] = [join(folder, `${name}.pem`), join(folder, `${name}.key`)];
  const usage = ['-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'keyUsage=critical,keyCertSign'];
  openssl('req', '-x509', ...NEW_KEY, '-subj', `/CN=${name}`, ...usage, '-keyout', key, '-out', certificate);
  return { certificate, key };
}

/** @returns the paths of a certificate for `host` and of its key */
export function certificate(
  folder: string,
  by: { certificate: string; key: string },
  name: string,
  host = 'IP:127.0.0.1',
): { certificate: string; key: string } {
  const [request, signed, key, extensions] = ['csr', 'pem', 'key', 'ext'].map((end) =>
    join(folder, `${name}.${end}`),
  );
  writeFileSync(extensions ?? '', `subjectAltName=${host}\nextendedKeyUsage=serverAuth,clientAuth\n`);
  openssl('req', '-new', ...NEW_KEY, '-subj', `/CN=${name}`, '-keyout', key ?? '', '-out', request ?? '');
  const authorised = ['-CA', by.certificate, '-CAkey', by.key, '-CAcreateserial'];
  openssl(
    'x509',
    '-req',
    '-in',
    request ?? '',
    ...authorised,
    '-extfile',
    extensions ?? '',
    '-out',
    signed ?? '',
  );
  return { certificate: signed ?? '', key: key ?? '' };
}
