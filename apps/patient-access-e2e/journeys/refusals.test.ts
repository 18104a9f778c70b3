import { describe, expect, test } from '@jest/globals';
import { auditEvents, connect, memberOf, world } from '../installation/world.ts';

const { northwind, lakeside } = world();

/** What differs between any two requests: the time, and how many requests are left. */
const ALWAYS_DIFFERENT = ['date', 'ratelimit'];

/** An answer without the parts that differ between any two requests. */
async function comparable(response: Response): Promise<string> {
  const id = response.headers.get('x-request-id') ?? '';
  const headers = [...response.headers].filter(([name]) => !ALWAYS_DIFFERENT.includes(name));
  return JSON.stringify([response.status, headers, await response.text()]).replaceAll(id, '{id}');
}

const decoded = (query: string | undefined) => Buffer.from(query ?? '', 'base64').toString();

describe('refusals', () => {
  test("another member's resource and one that does not exist get the same answer, and the events do not name the member", async () => {
    const { client: other } = await connect(northwind, 'many');
    const [theirs] = await other.search('ExplanationOfBenefit?_count=1&_sort=_lastUpdated');
    const { client, session } = await connect(northwind, 'ordinary');
    const foreign = await client.get(`ExplanationOfBenefit/${theirs?.id}`);
    const absent = await client.get(`ExplanationOfBenefit/${theirs?.id.replace(/./g, '0')}`);
    expect(foreign.status).toBe(404);
    expect(await comparable(foreign)).toBe(await comparable(absent));
    const [event] = await auditEvents(client, client.requestIds.slice(0, 1));
    expect(event?.outcome).toBe('4');
    expect(event?.outcomeDesc).toBe('not-found');
    const references = event?.entity.flatMap(({ what }) => what?.reference ?? []);
    expect(references).toEqual([`Patient/${session.patient}`]);
    expect(event?.entity.map(({ query }) => decoded(query)).join()).toContain(
      `ExplanationOfBenefit/${theirs?.id}`,
    );
  });

  test.each(['patient', 'patient:Patient'])(
    'the parameter %s with another member is forbidden, whether or not that member exists',
    async (name) => {
      const { client } = await connect(northwind, 'ordinary');
      const foreign = memberOf(northwind, 'many').patientId;
      const existing = await client.get(`Condition?${name}=${foreign}`);
      const invented = await client.get(`Condition?${name}=${foreign.replace(/./g, '0')}`);
      expect(existing.status).toBe(403);
      expect(await comparable(existing)).toBe(await comparable(invented));
    },
  );

  test('a type to which the member did not agree is forbidden, and the refusal is recorded', async () => {
    const { client } = await connect(
      northwind,
      'ordinary',
      'launch/patient patient/Coverage.rs patient/AuditEvent.rs',
    );
    const refused = await client.get('Condition');
    expect(refused.status).toBe(403);
    expect(refused.headers.get('www-authenticate')).toContain('insufficient_scope');
    const [event] = await auditEvents(client, client.requestIds.slice(0, 1));
    expect(event?.outcomeDesc).toBe('scope-insufficient');
  });

  test('a wildcard does not open the audit trail', async () => {
    const { client } = await connect(northwind, 'ordinary', 'launch/patient patient/*.rs');
    expect((await client.get('AuditEvent')).status).toBe(403);
    expect((await client.get('Patient')).status).toBe(200);
  });

  test('a token is refused at another tenant', async () => {
    const { client, session } = await connect(northwind, 'ordinary');
    const elsewhere = await fetch(`${lakeside.fhirBase}/Patient/${session.patient}`, {
      headers: { authorization: `Bearer ${session.accessToken}` },
    });
    expect(elsewhere.status).toBe(401);
    expect((await client.get(`Patient/${session.patient}`)).status).toBe(200);
  });

  test('members of two tenants with the same id are different people', async () => {
    const { session: here, client: atNorthwind } = await connect(northwind, 'ordinary');
    const { session: there, client: atLakeside } = await connect(lakeside, 'ordinary');
    expect(here.patient).toBe(there.patient);
    const [one] = await atNorthwind.search('Patient');
    const [two] = await atLakeside.search('Patient');
    expect(one?.['name']).not.toEqual(two?.['name']);
  });
});
