/** An attachment whose address is inside a network is rejected with its place, and the rest is stored. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { patient } from '../resources.ts';
import { createWorld, type World } from '../world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(async () => {
  await world.end();
});

let tenants = 0;
async function importing(url: string) {
  const tenant = `tenant-${(tenants += 1)}`;
  const report = {
    resourceType: 'DiagnosticReport',
    id: 'r',
    status: 'final',
    code: { text: 'x' },
    subject: { reference: 'Patient/a' },
    presentedForm: [{ title: 'x' }, { url: url.replace('{tenant}', tenant) }],
  };
  const file = await world.file(
    'report.ndjson',
    [patient('a'), report].map((each) => JSON.stringify(each)).join('\n'),
  );
  const { summary, rejections } = await world.importFiles(tenant, file);
  return [summary.created, ...rejections.map(({ reason, location }) => `${location}: ${reason}`)];
}

test.each([
  'http://10.1.2.3/scan.pdf',
  'https://192.168.0.7:8443/scan.pdf',
  'http://169.254.169.254/latest/meta-data',
  'http://127.0.0.1/x',
  'http://2130706433/x',
  'http://[::1]/x',
  'http://[fd00::1]/x',
  'http://[::ffff:10.0.0.1]/x',
  'http://localhost:8080/x',
  'http://pacs/x',
  'ftp://pacs.hospital.internal/x',
  'http://PACS.local./x',
  'http://127.0.0.1/payer/patient-access/v2/another-plan/Binary/b',
])('%s is refused', async (url) => {
  expect(await importing(url)).toEqual([
    1,
    'DiagnosticReport.presentedForm[1].url: an address inside a network, which no app can open',
  ]);
});

test.each([
  'https://images.example/scan.pdf',
  'http://8.8.8.8/scan.pdf',
  'Binary/b',
  'urn:uuid:0d2b4d1c-0000-4000-8000-000000000000',
  'https://localhost.example/x',
  'http://127.0.0.1:8080/payer/patient-access/v2/{tenant}/Binary/b',
])('%s is stored', async (url) => {
  expect(await importing(url)).toEqual([2]);
});
