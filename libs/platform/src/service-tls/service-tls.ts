/**
 * TLS between the services, with a certificate on both sides (RFC 8446, RFC 5280). Each service shows the same certificate
 * as a server and as a client, and takes only peers with one of the installation's own authority. Which route a caller may
 * use is still decided by its credential.
 */
import type { Server } from 'node:http';
import type { Server as TlsServer } from 'node:tls';
import { SERVICES_WITH_DATABASE, type ServiceName, TOPOLOGY, urlSetting } from '@patient-access/topology';
import { REUSE } from '@patient-access/internal-api';
import { Agent, buildConnector, setGlobalDispatcher } from 'undici';
import { ConfigError } from '../config.ts';
import type { Logger } from '../logging.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { type TlsFiles, type CertificateFiles, certificateFiles } from './certificate-files.ts';

/** A new certificate is in use after this time. */
const LOOK_MS = 10_000;
const CONNECT_MS = 10_000;
const TLS = { minVersion: 'TLSv1.3' as const };

/** Hosts and ports of the services that a service calls. @throws ConfigError when one is called without TLS */
function calledOver(settings: Readonly<Record<string, unknown>>): ReadonlySet<string> {
  const urls = SERVICES_WITH_DATABASE.map(urlSetting).flatMap((name) => {
    const value = settings[name];
    return typeof value === 'string' ? [[name, new URL(value)] as const] : [];
  });
  for (const [name, { protocol }] of urls)
    if (protocol !== 'https:')
      throw new ConfigError(`${name}: has to begin with https://, because SERVICE_CERTIFICATE_FILE is set`);
  return new Set(urls.map(([, url]) => url.host));
}

/** What opens the connections of a client of undici. */
export type Connector = ReturnType<typeof buildConnector>;

export class ServiceTls {
  private readonly files: CertificateFiles;
  private readonly hosts: ReadonlySet<string>;
  private readonly service: ServiceName;
  private fits = true;

  private constructor(files: CertificateFiles, hosts: ReadonlySet<string>, service: ServiceName) {
    this.files = files;
    this.hosts = hosts;
    this.service = service;
  }

  /**
   * @param settings of the service
   * @returns undefined where services call each other without TLS
   * @throws ConfigError when files are missing or do not fit, or when a service would be called without TLS
   */
  static of(
    service: ServiceName,
    settings: TlsFiles & Readonly<Record<string, unknown>>,
  ): ServiceTls | undefined {
    const files = certificateFiles(settings);
    return files && new ServiceTls(files, calledOver(settings), service);
  }

  /** Options of the server. A service that faces the public gets its clients from a proxy that ends TLS: it has none. */
  serverOptions() {
    if (TOPOLOGY[this.service].ingress) return undefined;
    return { ...this.files.current, ...TLS, requestCert: true, rejectUnauthorized: true };
  }

  /**
   * @param timeoutMs to open a connection
   * @returns a connector that shows the certificate to our services, and to nobody else
   */
  connector(timeoutMs = CONNECT_MS): Connector {
    const plain = buildConnector({ timeout: timeoutMs });
    let made: [CertificateFiles['current'], Connector] | undefined;
    return (options, callback) => {
      if (!this.hosts.has(options.host ?? '')) return plain(options, callback);
      const { current } = this.files;
      // A session that goes on would not show a certificate that is new, nor look at one of the other side.
      if (made?.[0] !== current)
        made = [current, buildConnector({ ...current, ...TLS, timeout: timeoutMs, maxCachedSessions: 0 })];
      return made[1](options, callback);
    };
  }

  /** Shows how long the certificate is good, and whether the files can be used. */
  report(metrics: Metrics): void {
    metrics.gauge(
      'service_certificate_expires_seconds',
      'When the certificate of this service, or its authority, ends: seconds since 1970.',
      () => this.files.expires,
    );
    metrics.gauge(
      'service_certificate_fits',
      'Whether the files of the certificate fit each other: 1, or 0 while an older one is in use.',
      () => Number(this.fits),
    );
  }

  /** Takes up new files from now on. Connections that are open stay as they are. @param server of this service */
  follow(server: Server, logger: Logger): void {
    const look = () => {
      try {
        const isNew = this.files.renew();
        this.fits = true;
        if (!isNew) return;
        if (this.serverOptions())
          (server as unknown as TlsServer).setSecureContext({ ...this.files.current, ...TLS });
        logger.info('a new certificate is in use');
      } catch (error) {
        this.fits = false;
        logger.warn({ reason: (error as Error).message }, 'the files of the certificate do not fit yet');
      }
    };
    setInterval(look, LOOK_MS).unref();
  }
}

/** `fetch` reaches our services so from now on, wherever it is called in this process. @param tls undefined: without TLS */
export function useForFetch(tls: ServiceTls | undefined): void {
  setGlobalDispatcher(new Agent({ ...REUSE, ...(tls && { connect: tls.connector() }) }));
}
