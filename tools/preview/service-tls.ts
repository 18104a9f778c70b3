/** Certificates for TLS between the services (docs/operate.md), of an authority of this installation's own. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { makeAuthority, makeCertificate } from '@patient-access/testing';
import { SERVICE_NAMES, type ServiceName } from '@patient-access/topology';
import type { Environment } from './environment.ts';

/** @returns the settings of each service @throws Error when there is no openssl */
export async function makeServiceTls(directory: string): Promise<Record<ServiceName, Environment>> {
  const folder = join(directory, 'service-tls');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const authority = makeAuthority(folder);
  const made: [ServiceName, Environment][] = [];
  for (const service of SERVICE_NAMES) {
    const { certificateFile, keyFile } = makeCertificate(folder, authority, service);
    made.push([
      service,
      {
        SERVICE_CA_FILE: authority.certificateFile,
        SERVICE_CERTIFICATE_FILE: certificateFile,
        SERVICE_KEY_FILE: keyFile,
      },
    ]);
  }
  return Object.fromEntries<Environment>(made) as Record<ServiceName, Environment>;
}
