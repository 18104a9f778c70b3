/** A certificate authority of its own for the processes on one machine, and what it signs. Files that are there already are kept. */
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runProgram } from './install.ts';

const DAYS = '825';
const PURPOSE = 'Certificates are made with openssl';
const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

/** Paths of files in PEM. */
export interface KeyPair {
  certificateFile: string;
  keyFile: string;
}

/** @returns the CA in a directory, which has to exist */
export async function makeAuthority(dir: string): Promise<KeyPair> {
  const files = { certificateFile: join(dir, 'ca.pem'), keyFile: join(dir, 'ca.key') };
  if (existsSync(files.certificateFile)) return files;
  const subject = ['-subj', '/CN=A developer', '-days', DAYS];
  const usage = ['-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'keyUsage=critical,keyCertSign'];
  const to = ['-keyout', files.keyFile, '-out', files.certificateFile];
  await runProgram('openssl', ['req', '-x509', ...NEW_KEY, ...subject, ...usage, ...to], PURPOSE);
  return files;
}

/**
 * @param name common name: of a client of Kafka the user that the broker sees, `CN={name}`
 * @returns a certificate for loopback
 */
export async function makeCertificate(dir: string, authority: KeyPair, name: string): Promise<KeyPair> {
  const files = { certificateFile: join(dir, `${name}.pem`), keyFile: join(dir, `${name}.key`) };
  if (existsSync(files.certificateFile)) return files;
  const [request, extensions] = [join(dir, `${name}.csr`), join(dir, `${name}.ext`)];
  await writeFile(
    extensions,
    'subjectAltName=IP:127.0.0.1,DNS:localhost\nextendedKeyUsage=serverAuth,clientAuth\n',
  );
  const asked = [
    'req',
    '-new',
    ...NEW_KEY,
    '-subj',
    `/CN=${name}`,
    '-keyout',
    files.keyFile,
    '-out',
    request,
  ];
  await runProgram('openssl', asked, PURPOSE);
  const by = ['-CA', authority.certificateFile, '-CAkey', authority.keyFile, '-CAcreateserial'];
  const signed = ['x509', '-req', '-in', request, ...by, '-days', DAYS, '-extfile', extensions];
  await runProgram('openssl', [...signed, '-out', files.certificateFile], PURPOSE);
  return files;
}
