import { describe, expect, it } from '@jest/globals';
import { loadConfig } from '@patient-access/platform/config';
import { DATA_SERVICES, urlSetting } from '@patient-access/topology';
import { GatewaySettings } from '../../src/config.ts';
import { publicServer } from '../../src/edge/public-host.ts';

const SERVICE = 'http://service.internal:8080';
const REQUIRED = {
  PORT: '8080',
  AUTH_URL: SERVICE,
  ...Object.fromEntries(DATA_SERVICES.map((service) => [urlSetting(service), SERVICE])),
  GATEWAY_CLIENT_SECRET: 'gateway-secret-of-the-tests',
};
const HTTPS = 'https://members.plan.example';

const load = (PUBLIC_URL: string, TRUSTED_PROXIES?: string) =>
  loadConfig(GatewaySettings, { ...REQUIRED, PUBLIC_URL, TRUSTED_PROXIES });

describe('P27: the proxies before the gateway', () => {
  it('P27: have to be named where clients come by https, or the gateway does not start', () => {
    expect(() => load(HTTPS)).toThrow(/TRUSTED_PROXIES: has to be set where PUBLIC_URL is https/);
    expect(() => load(HTTPS, '')).toThrow(/TRUSTED_PROXIES/);
    expect(() => load('http://localhost:8080')).not.toThrow();
  });

  it('P27: may be none, which has to be said', () => {
    expect(publicServer(load(HTTPS, 'none')).trustProxy).toBe(false);
  });

  it.each(['10.244.0.0/16', '127.0.0.1', '10.0.0.0/8,fd00::/8', '192.0.2.7, 2001:db8::1', '::1'])(
    'P27: are addresses and ranges: %s',
    (proxies) => {
      expect(publicServer(load(HTTPS, proxies)).trustProxy).toBe(proxies);
    },
  );

  it.each(['0.0.0.0/0', '::/0', 'true', '*', 'all', '10.0.0.0/33', '10.0.0', 'proxy.plan.example', '1', ','])(
    'P27: are neither everybody nor something unclear: %s',
    (proxies) => {
      expect(() => load(HTTPS, proxies)).toThrow(/TRUSTED_PROXIES: addresses or CIDR ranges/);
    },
  );
});
