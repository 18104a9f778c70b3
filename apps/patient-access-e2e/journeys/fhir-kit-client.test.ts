/** A FHIR client library of another vendor makes all requests that an app makes. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { Client, type FhirResource } from 'fhir-kit-client';
import { importManyClaims } from '../installation/many-claims.ts';
import { connect, memberOf, world } from '../installation/world.ts';

const { lakeside } = world();
const { patientId } = memberOf(lakeside, 'many');

interface Bundle extends FhirResource {
  link: { relation: string; url: string }[];
  entry?: { resource: FhirResource & { id: string; meta: { versionId: string } } }[];
}

const resourcesOf = ({ entry = [] }: Bundle) => entry.map(({ resource }) => resource);

describe('fhir-kit-client', () => {
  let client: Client;
  beforeAll(async () => {
    const { session } = await connect(lakeside, 'many');
    client = new Client({ baseUrl: lakeside.fhirBase, bearerToken: session.accessToken });
  });

  test('finds where to authorize', async () => {
    const { authorizeUrl, tokenUrl, registerUrl } = await client.smartAuthMetadata();
    const found = [authorizeUrl, tokenUrl, registerUrl].map((url) => url?.href);
    expect(found).toEqual(['authorize', 'token', 'register'].map((path) => `${lakeside.issuer}/${path}`));
  });

  test('reads the capability statement', async () => {
    expect(await client.capabilityStatement()).toMatchObject({
      resourceType: 'CapabilityStatement',
      fhirVersion: '4.0.1',
      rest: [{ mode: 'server', security: { service: [{ coding: [{ code: 'SMART-on-FHIR' }] }] } }],
    });
  });

  test('reads a resource, a version and a history', async () => {
    const patient = await client.read({ resourceType: 'Patient', id: patientId });
    expect(patient).toMatchObject({ resourceType: 'Patient', id: patientId });
    const { versionId: version } = patient['meta'] as { versionId: string };
    expect(await client.vread({ resourceType: 'Patient', id: patientId, version })).toEqual(patient);
    const history = (await client.history({ resourceType: 'Patient', id: patientId })) as Bundle;
    expect(history).toMatchObject({ type: 'history' });
    expect(resourcesOf(history)).toEqual([patient]);
  });

  test('searches through all pages of thousands of claims', async () => {
    const imported = await importManyClaims(lakeside, 'many');
    const searchParams = { patient: patientId, _count: 50 };
    let page = (await client.search({ resourceType: 'ExplanationOfBenefit', searchParams })) as Bundle;
    const ids: string[] = [];
    for (let next: Bundle | undefined = page; next;) {
      page = next;
      ids.push(...resourcesOf(page).map(({ id }) => id));
      next = (await client.nextPage({ bundle: page })) as Bundle | undefined;
    }
    expect(imported).toBeGreaterThan(2_000);
    expect(ids.length).toBeGreaterThan(imported + 200);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('resolves the references of a claim', async () => {
    const searchParams = { patient: patientId, _count: 1 };
    const found = (await client.search({ resourceType: 'ExplanationOfBenefit', searchParams })) as Bundle;
    const [claim] = resourcesOf(found) as unknown as Record<string, { reference: string }>[];
    for (const element of ['patient', 'insurer']) {
      const { reference } = claim?.[element] ?? { reference: '' };
      const [resourceType, id] = reference.split('/').slice(-2);
      expect(await client.resolve({ reference })).toMatchObject({ resourceType, id });
    }
  });

  test('searches by POST, and gets errors in the form of FHIR', async () => {
    const options = { postSearch: true } as const;
    const searchParams = { patient: patientId };
    const found = (await client.search({ resourceType: 'Coverage', searchParams, options })) as Bundle;
    expect(resourcesOf(found).length).toBeGreaterThan(0);
    const missing = client.read({ resourceType: 'Coverage', id: 'nobody-has-this' });
    await expect(missing).rejects.toMatchObject({
      response: { status: 404, data: { resourceType: 'OperationOutcome' } },
    });
  });
});
