/** The certificate of a service, and the authority of all of them, in files that are replaced while the service runs. */
import { readFileSync } from 'node:fs';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { ConfigError } from '../config.ts';

export interface TlsFiles {
  SERVICE_CA_FILE?: string | undefined;
  SERVICE_CERTIFICATE_FILE?: string | undefined;
  SERVICE_KEY_FILE?: string | undefined;
}

/** In PEM. */
export interface TlsIdentity {
  ca: string;
  cert: string;
  key: string;
}

const NAMES = ['SERVICE_CA_FILE', 'SERVICE_CERTIFICATE_FILE', 'SERVICE_KEY_FILE'] as const;

const PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Seconds since 1970, for each certificate of a file. */
const endsOf = (pem: string): number[] =>
  (pem.match(PEM) ?? []).map((each) => Date.parse(new X509Certificate(each).validTo) / 1_000);

/**
 * A file that is being written may be empty, or end in the middle. Node takes such files: for a `ca` without a text it
 * believes the authorities that everybody knows.
 */
function requireWhole({ ca, cert, key }: TlsIdentity): void {
  for (const pem of [ca, cert]) {
    const begun = pem.split('-----BEGIN CERTIFICATE-----').length - 1;
    if (begun === 0 || begun !== endsOf(pem).length) throw new Error('a certificate is not whole');
  }
  if (!new X509Certificate(cert).checkPrivateKey(createPrivateKey(key)))
    throw new Error('the key is not that of the certificate');
}

/** @throws Error when a file cannot be read or is not whole, or when the key is not that of the certificate */
function read(files: Required<TlsFiles>): TlsIdentity {
  const [ca = '', cert = '', key = ''] = NAMES.map((name) => readFileSync(files[name] ?? '', 'utf8'));
  requireWhole({ ca, cert, key });
  createSecureContext({ ca, cert, key });
  return { ca, cert, key };
}

/** What the files say. Files that do not fit each other, as in the middle of a change, are left for the next look. */
export class CertificateFiles {
  current: TlsIdentity;
  private readonly files: Required<TlsFiles>;

  /** @throws ConfigError when the files cannot be used */
  constructor(files: Required<TlsFiles>) {
    this.files = files;
    try {
      this.current = read(files);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      throw new ConfigError(`${NAMES.join(', ')}: cannot be used (${code ?? message})`);
    }
  }

  /**
   * When the certificate ends, or the last of the authorities if that is sooner: an authority that is replaced stands beside
   * the new one until then. In seconds since 1970.
   */
  get expires(): number {
    const [own = 0] = endsOf(this.current.cert);
    return Math.min(own, Math.max(...endsOf(this.current.ca)));
  }

  /** @returns whether the files have changed; then `current` is what they say now @throws Error as `read` */
  renew(): boolean {
    const found = read(this.files);
    const isNew = (Object.keys(found) as (keyof TlsIdentity)[]).some(
      (part) => found[part] !== this.current[part],
    );
    if (isNew) this.current = found;
    return isNew;
  }
}

/** @returns undefined when no file is set @throws ConfigError when only some are */
export function certificateFiles(settings: TlsFiles): CertificateFiles | undefined {
  const missing = NAMES.filter((name) => settings[name] === undefined);
  if (missing.length === NAMES.length) return undefined;
  if (missing.length > 0)
    throw new ConfigError(`${missing.join(', ')}: missing; TLS between services needs all three`);
  return new CertificateFiles(settings as Required<TlsFiles>);
}
