/** A member's consent as a FHIR resource, from the agreement to its revocation, through the whole installation. */
import { describe, expect, test } from '@jest/globals';
import * as oidc from 'openid-client';
import { waitUntil } from '@patient-access/testing';
import { auditEvents, connect, world } from '../installation/world.ts';

const { northwind } = world();
const SCOPE =
  'openid fhirUser launch/patient offline_access patient/Patient.rs patient/Consent.rs patient/AuditEvent.rs';
const PUBLISHED_MS = 15_000;

interface Consent {
  id: string;
  status: string;
  identifier: { value: string }[];
  extension: { url: string; valueString?: string; valueCode?: string }[];
  provision: { class: { code: string }[]; actor: { reference: { identifier: { value: string } } }[] };
}

const extension = ({ extension: all }: { extension: Consent['extension'] }, name: string) =>
  all.find(({ url }) => url === `urn:payer-patient-access:${name}`)?.valueString;

describe('a consent', () => {
  type Client = Awaited<ReturnType<typeof connect>>['client'];
  const consentOf = (client: Client, app: string, status: string): Promise<Consent> =>
    waitUntil(
      async () => {
        const all = (await client.search(`Consent?status=${status}&_count=100`)) as unknown as Consent[];
        return all.find(({ provision }) => provision.actor[0]?.reference.identifier.value === app);
      },
      { withinMs: PUBLISHED_MS, failure: () => `no ${status} Consent for ${app}` },
    );

  test('appears when the member has agreed, says the same as the AuditEvent, and ends with the grant', async () => {
    const { client, session } = await connect(northwind, 'ordinary', SCOPE);
    const app = session.config.clientMetadata().client_id;
    const consent = await consentOf(client, app, 'active');
    expect(consent.provision.class.map(({ code }) => code).sort()).toEqual([
      'AuditEvent',
      'Consent',
      'Patient',
    ]);
    type GivenEvent = Consent & { entity: { what?: { identifier?: { value: string } } }[] };
    // The Consent and the event travel apart from each other.
    const given = await waitUntil(
      async () => {
        const events = await client.search('AuditEvent?subtype=consent-grant&_sort=-date&_count=100');
        return (events as unknown as GivenEvent[]).find(({ entity }) =>
          entity.some(({ what }) => what?.identifier?.value === consent.identifier[0]?.value),
        );
      },
      { withinMs: PUBLISHED_MS },
    );
    expect(extension(given, 'snapshot-sha256')).toBe(extension(consent, 'snapshot-sha256'));
    expect(extension(given, 'scope')).toBe(extension(consent, 'scope'));

    await oidc.tokenRevocation(session.config, session.refreshToken ?? '');
    const other = await connect(northwind, 'ordinary', SCOPE);
    const ended = await consentOf(other.client, app, 'inactive');
    expect(ended.id).toBe(consent.id);
    expect(ended.extension).toContainEqual({
      url: 'urn:payer-patient-access:ended-because',
      valueCode: 'app',
    });
    const history = await other.client.get(`Consent/${consent.id}/_history`);
    const { entry } = JSON.parse(await history.text()) as { entry: { resource: Consent }[] };
    expect(entry).toHaveLength(2);
    const first = entry[1]?.resource as Consent & { meta: { versionId: string } };
    const path = `Consent/${consent.id}/_history/${first.meta.versionId}`;
    expect((await other.client.get(path)).status).toBe(200);
  });

  test('of one member does not exist for another, and each reading of it is in the trail', async () => {
    const owner = await connect(northwind, 'ordinary', SCOPE);
    const { id } = await consentOf(owner.client, owner.session.config.clientMetadata().client_id, 'active');
    const stranger = await connect(northwind, 'many', SCOPE);
    expect((await stranger.client.get(`Consent/${id}`)).status).toBe(404);
    expect((await stranger.client.get('Consent/does-not-exist')).status).toBe(404);
    const read = await owner.client.get(`Consent/${id}`);
    expect(read.status).toBe(200);
    const [event] = await auditEvents(owner.client, [read.headers.get('x-request-id') ?? '']);
    expect(event?.outcome).toBe('0');
  });
});
