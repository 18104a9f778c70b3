import { afterEach, expect, jest, test } from '@jest/globals';
import type { PreviewDescription, PreviewTenant } from './index.ts';
import { printWelcome } from './welcome.ts';

const tenantOf = (id: string): PreviewTenant => ({
  id,
  fhirBase: `http://localhost:8080/payer/patient-access/v2/${id}`,
  issuer: `http://localhost:8080/auth/${id}/oauth2/v1`,
  appsPage: `http://localhost:8080/auth/${id}/apps`,
  sandbox: `http://localhost:8080/auth/${id}/sandbox`,
  auditConsole: `http://localhost:8080/audit/${id}/`,
  auditor: { login: 'audrey', password: 'x' },
  conformance: { login: 'ruth', patientId: '1' },
  members: [],
});
const PREVIEW: PreviewDescription = {
  publicUrl: 'http://localhost:8080',
  developersUrl: 'http://127.0.0.1:8081',
  testClientUrl: 'http://127.0.0.1:8082',
  tenants: [tenantOf('northwind'), tenantOf('lakeside')],
};

afterEach(() => void jest.restoreAllMocks());

test('says where developers have an account at each plan', () => {
  const said: string[] = [];
  jest.spyOn(console, 'log').mockImplementation((line = '') => void said.push(String(line)));
  printWelcome(PREVIEW, 1000);
  const lines = said.filter((line) => line.includes('/account/')).map((line) => line.trim().split(/\s+/)[1]);
  expect(lines).toEqual([
    'http://127.0.0.1:8081/account/northwind',
    'http://127.0.0.1:8081/account/lakeside',
  ]);
});

test('prints a client for the kits that every suite can log in with', () => {
  const said: string[] = [];
  jest.spyOn(console, 'log').mockImplementation((line = '') => void said.push(String(line)));
  printWelcome(PREVIEW, 1000);
  const client = JSON.parse(
    /-d '(.*)'/.exec(said.find((line) => line.includes('/register')) ?? '')?.[1] ?? '{}',
  );
  expect(client).toMatchObject({
    redirect_uris: [
      'http://localhost:4567/custom/smart/redirect',
      'http://localhost:4567/custom/smart_stu2/redirect',
      'http://localhost:4567/custom/smart_stu2_2/redirect',
    ],
  });
});
