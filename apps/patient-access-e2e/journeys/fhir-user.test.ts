/** `fhirUser` granted means that the resource can be read, by gateway and owner, and that nothing else is opened (ADR 65). */
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { FhirClient, launch, type Session } from '@patient-access/first-call';
import { previewMembers } from '@patient-access/population';
import { waitUntil } from '@patient-access/testing';
import { runToEnd } from '../installation/installation.ts';
import { adminSettings, memberOf, world } from '../installation/world.ts';

const { northwind } = world();
/** Neither Patient nor RelatedPerson: only `fhirUser` can open them. */
const SCOPE = 'openid fhirUser launch/patient patient/Coverage.rs patient/AuditEvent.rs';

const parent = previewMembers(northwind.id).find(({ login }) => login.endsWith('.parent'));
const [own, child, teen] = parent?.patients ?? [];
if (!parent || !own || !child?.fhirUser || !teen?.fhirUser) throw new Error('no family in the preview');

interface Person {
  login: string;
  password: string;
}

/** Creates a login that stands for no member, for the teen's data. */
async function delegate(...more: string[]): Promise<Person> {
  const person = { login: `delegate-${randomUUID().slice(0, 8)}`, password: randomUUID() };
  const member = ['--member', `${teen?.id}:other:Teen`];
  const create = ['account', 'create', '--tenant', northwind.id, '--login', person.login, '--password-stdin'];
  const { code, said } = await runToEnd(
    'apps/auth-service/dist/admin.js',
    [...create, ...member, ...more],
    adminSettings(),
    person.password,
  );
  if (code !== 0) throw new Error(said);
  return person;
}

const connect = async ({ login, password }: Person, patientId: string) => {
  const session = await launch({ ...northwind, login, password, scope: SCOPE, patientId });
  return { session, client: new FhirClient(northwind.fhirBase, session.accessToken) };
};
/** What the app is told about the person who logged in. */
async function userinfo({ accessToken }: Session): Promise<{ fhirUser?: string }> {
  const response = await fetch(`${northwind.issuer}/userinfo`, {
    headers: { authorization: `Bearer ${accessToken}` },
  });
  return (await response.json()) as { fhirUser?: string };
}
const statusOf = async (client: FhirClient, path: string) => (await client.get(path)).status;
const bodyOf = async (client: FhirClient, path: string) =>
  JSON.parse(await (await client.get(path)).text()) as { id: string; patient?: { reference: string } };

describe('the resource that fhirUser names', () => {
  test('is the Patient of a member who logs in for herself', async () => {
    const member = memberOf(northwind, 'ordinary');
    const { session, client } = await connect(member, member.patientId);
    expect(session.scope).toBe(SCOPE);
    expect((await userinfo(session)).fhirUser).toBe(`${northwind.fhirBase}/Patient/${member.patientId}`);
    expect((await bodyOf(client, `Patient/${member.patientId}`)).id).toBe(member.patientId);
    for (const path of [`Patient/${own.id}`, 'Patient/none', 'Patient', `Patient?_id=${member.patientId}`])
      expect([path, await statusOf(client, path)]).toEqual([path, 403]);
  });

  test('is the RelatedPerson in the record of a minor, for the personal representative, and not her own Patient', async () => {
    const { session, client } = await connect(parent, child.id);
    expect((await userinfo(session)).fhirUser).toBe(`${northwind.fhirBase}/${child.fhirUser}`);
    const read = await bodyOf(client, child.fhirUser ?? '');
    expect(read.patient?.reference).toBe(`Patient/${child.id}`);
    for (const path of [`Patient/${own.id}`, `Patient/${child.id}`, teen.fhirUser ?? '', 'RelatedPerson'])
      expect([path, await statusOf(client, path)]).toEqual([path, 403]);
  });

  test('is the RelatedPerson that the plan has named for a delegate, in this member’s record', async () => {
    const person = await delegate('--fhir-user', teen.fhirUser ?? '');
    const { session, client } = await connect(person, teen.id);
    expect((await userinfo(session)).fhirUser).toBe(`${northwind.fhirBase}/${teen.fhirUser}`);
    expect((await bodyOf(client, teen.fhirUser ?? '')).patient?.reference).toBe(`Patient/${teen.id}`);
    expect(await statusOf(client, child.fhirUser ?? '')).toBe(403);
  });

  test('F62: is nothing that another record has, whatever the plan has named', async () => {
    const { session, client } = await connect(await delegate('--fhir-user', child.fhirUser ?? ''), teen.id);
    expect(session.patient).toBe(teen.id);
    const elsewhere = await client.get(child.fhirUser ?? '');
    expect(elsewhere.status).toBe(404);
  });

  test('is none for a delegate of whom the record has no entry: not granted, and the trail says so', async () => {
    const { session, client } = await connect(await delegate(), teen.id);
    expect(session.scope.split(' ')).toEqual(SCOPE.split(' ').filter((scope) => scope !== 'fhirUser'));
    expect(await userinfo(session)).not.toHaveProperty('fhirUser');
    expect(await statusOf(client, teen.fhirUser ?? '')).toBe(403);
    const notGranted = { url: 'urn:payer-patient-access:not-granted', valueString: 'fhirUser' };
    await waitUntil(
      async () => {
        const events = await client.search('AuditEvent?subtype=consent-grant&_count=100');
        const all = events as unknown as { extension: { url: string; valueString?: string }[] }[];
        return all.some(({ extension }) =>
          extension.some((each) => each.url === notGranted.url && each.valueString === 'fhirUser'),
        );
      },
      { withinMs: 20_000 },
    );
  });
});
