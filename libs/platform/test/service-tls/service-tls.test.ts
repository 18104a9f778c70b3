import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Pool } from 'undici';
import { type KeyPair, makeAuthority, makeCertificate } from '@patient-access/testing';
import { createLogger, Metrics } from '../../src/index.ts';
import { ServiceTls } from '../../src/service-tls/service-tls.ts';

const logger = createLogger('claims-service', 'silent');
const AGAIN_MS = 20_000;
const run = promisify(execFile);

describe('TLS between the services', () => {
  const folder = mkdtempSync(join(tmpdir(), 'patient-access-service-tls-'));
  const ours = makeAuthority(folder, 'ours');
  const others = makeAuthority(folder, 'others');
  let server: Server;
  let url: string;
  const metrics = new Metrics();
  const shown = async (name: string) =>
    Number(new RegExp(`^${name} (.+)$`, 'm').exec(await metrics.render())?.[1]);
  /** common names of the clients, one for each request */
  const clients: string[] = [];

  const settingsOf = (
    pair: KeyPair,
    more: Readonly<Record<string, string>> = {},
    ca = ours.certificateFile,
  ) => ({
    SERVICE_CA_FILE: ca,
    SERVICE_CERTIFICATE_FILE: pair.certificateFile,
    SERVICE_KEY_FILE: pair.keyFile,
    ...more,
  });

  /** The service's own files, which the test replaces. */
  const own = { certificateFile: join(folder, 'current.pem'), keyFile: join(folder, 'current.key') };
  function install(pair: KeyPair): void {
    copyFileSync(pair.certificateFile, own.certificateFile);
    copyFileSync(pair.keyFile, own.keyFile);
  }

  async function listen(options: object): Promise<[Server, string]> {
    const made = createServer(options, (request, response) => {
      clients.push((request.socket as TLSSocket).getPeerCertificate().subject?.CN?.toString() ?? 'nobody');
      response.end('claims');
    });
    await new Promise<void>((done) => made.listen(0, '127.0.0.1', done));
    return [made, `https://127.0.0.1:${(made.address() as AddressInfo).port}`];
  }

  beforeAll(async () => {
    install(makeCertificate(folder, ours, 'claims-service'));
    const tls = ServiceTls.of('claims-service', settingsOf(own));
    [server, url] = await listen(tls?.serverOptions() ?? {});
    jest.useFakeTimers({
      doNotFake: ['nextTick', 'setImmediate', 'setTimeout', 'clearTimeout', 'queueMicrotask'],
    });
    tls?.follow(server, logger);
    tls?.report(metrics);
  });
  afterAll(() => {
    jest.useRealTimers();
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true });
  });

  const gateway = makeCertificate(folder, ours, 'fhir-gateway');
  const asked = async (tls: ServiceTls | undefined, at = url) => {
    const pool = new Pool(at, { connect: tls?.connector() ?? {} });
    try {
      return (await pool.request({ path: '/', method: 'GET' })).statusCode;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code ?? (error as Error).message;
    } finally {
      await pool.destroy();
    }
  };

  it('is used by a client of undici and by fetch, with a certificate on both sides', async () => {
    const settings = settingsOf(gateway, { CLAIMS_URL: url });
    clients.length = 0;
    expect(await asked(ServiceTls.of('fhir-gateway', settings))).toBe(200);
    const child = [join(import.meta.dirname, 'child.ts'), JSON.stringify(settings), url];
    expect((await run(process.execPath, child)).stdout).toBe('claims\n');
    expect(clients).toEqual(['fhir-gateway', 'fhir-gateway']);
  });

  it('refuses who has no certificate, and who has one of another authority', async () => {
    clients.length = 0;
    const foreign = makeCertificate(folder, others, 'stranger');
    const stranger = ServiceTls.of('fhir-gateway', settingsOf(foreign, { CLAIMS_URL: url }));
    const anonymous = new Pool(url, { connect: { rejectUnauthorized: false } });
    await expect(anonymous.request({ path: '/', method: 'GET' })).rejects.toThrow();
    expect(await asked(stranger)).not.toBe(200);
    await expect(fetch(url.replace('https', 'http'))).rejects.toThrow();
    expect(clients).toEqual([]);
    await anonymous.destroy();
  });

  it('believes no service that is another host, or of another authority', async () => {
    const pairs = [
      makeCertificate(folder, ours, 'elsewhere', 'DNS:elsewhere'),
      makeCertificate(folder, others, 'impostor'),
    ];
    for (const pair of pairs) {
      const wrong = ServiceTls.of('claims-service', settingsOf(pair));
      const [other, at] = await listen({ ...wrong?.serverOptions(), requestCert: false });
      const tls = ServiceTls.of('fhir-gateway', settingsOf(gateway, { CLAIMS_URL: at }));
      expect(await asked(tls, at)).not.toBe(200);
      other.close();
    }
  });

  it('shows the certificate to no server but our services', async () => {
    clients.length = 0;
    const [other, at] = await listen({
      ...ServiceTls.of('claims-service', settingsOf(own))?.serverOptions(),
      rejectUnauthorized: false,
    });
    const tls = ServiceTls.of('fhir-gateway', settingsOf(gateway, { CLAIMS_URL: url }));
    // It is not believed either, because its authority is none that everybody knows.
    expect(await asked(tls, at)).not.toBe(200);
    expect(clients).toEqual([]);
    other.close();
  });

  it('takes up new files without a restart, and leaves files that do not fit each other for the next look', async () => {
    const renewed = makeCertificate(folder, ours, 'claims-renewed');
    const servedBy = async () => {
      const tls = ServiceTls.of('fhir-gateway', settingsOf(gateway, { CLAIMS_URL: url }));
      let name = '';
      const connect = tls?.connector();
      const pool = new Pool(url, {
        connect: (options, callback) =>
          connect?.(options, (...result) => {
            name = String((result[1] as TLSSocket | null)?.getPeerCertificate().subject.CN);
            callback(...(result as Parameters<typeof callback>));
          }),
      });
      await (await pool.request({ path: '/', method: 'GET' })).body.dump();
      await pool.destroy();
      return name;
    };
    expect(await servedBy()).toBe('claims-service');
    copyFileSync(renewed.certificateFile, own.certificateFile);
    jest.advanceTimersByTime(AGAIN_MS);
    expect(await servedBy()).toBe('claims-service');
    expect(await shown('service_certificate_fits')).toBe(0);
    copyFileSync(renewed.keyFile, own.keyFile);
    jest.advanceTimersByTime(AGAIN_MS);
    expect(await servedBy()).toBe('claims-renewed');
    expect(await shown('service_certificate_fits')).toBe(1);
  });

  it('never uses a file that is empty or ends in the middle, with which it would believe others or nobody', () => {
    const parts = Object.entries(settingsOf(gateway)).flatMap(([name, file]) => {
      const whole = readFileSync(file, 'utf8');
      return ['', whole.slice(0, whole.length / 2), `${whole}${whole.slice(0, 100)}`].map((text) => [
        name,
        text,
      ]);
    });
    const file = join(folder, 'part.pem');
    for (const [name = '', text = ''] of parts) {
      // What comes behind a whole key is not read.
      if (name === 'SERVICE_KEY_FILE' && text.includes('END')) continue;
      writeFileSync(file, text);
      expect(() => ServiceTls.of('fhir-gateway', { ...settingsOf(gateway), [name]: file })).toThrow(
        'cannot be used',
      );
    }
  });

  it('shows when the certificate ends, or its authority if that is sooner', async () => {
    const endOf = ({ certificateFile }: { certificateFile: string }) =>
      Date.parse(new X509Certificate(readFileSync(certificateFile)).validTo) / 1_000;
    const ends = [endOf(own), endOf(ours)];
    expect(await shown('service_certificate_expires_seconds')).toBe(Math.min(...ends));
  });

  it('is off without files, and a service that faces the public listens without it', () => {
    expect(ServiceTls.of('claims-service', {})).toBeUndefined();
    expect(ServiceTls.of('fhir-gateway', settingsOf(gateway))?.serverOptions()).toBeUndefined();
  });

  it.each<[string, Record<string, string>, RegExp]>([
    [
      'one file of three',
      { SERVICE_CA_FILE: ours.certificateFile },
      /^SERVICE_CERTIFICATE_FILE, SERVICE_KEY_FILE: missing/,
    ],
    [
      'a file that is not there',
      settingsOf({ certificateFile: join(folder, 'none'), keyFile: gateway.keyFile }),
      /cannot be used \(ENOENT\)/,
    ],
    [
      'the key of another certificate',
      settingsOf({ certificateFile: gateway.certificateFile, keyFile: others.keyFile }),
      /cannot be used/,
    ],
    [
      'a service that is called without TLS',
      settingsOf(gateway, { CLAIMS_URL: 'http://claims-service:8080' }),
      /^CLAIMS_URL: has to begin with https/,
    ],
  ])('%s: the service does not start, and says why', (_what, settings, line) => {
    expect(() => ServiceTls.of('fhir-gateway', settings)).toThrow(line);
  });
});
