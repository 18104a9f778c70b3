/** What may not be told apart: withheld, of another member, and not there. */
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { FhirClient } from '@patient-access/first-call';
import { remove, runToEnd } from '../installation/installation.ts';
import { connect, ingestSettings, memberOf, world } from '../installation/world.ts';

const { northwind } = world();
/** Alcohol dependence: the plan withholds it from every app that the member did not release it to. */
const SENSITIVE = { system: 'http://hl7.org/fhir/sid/icd-10-cm', code: 'F10.20' };
const WITHHELD = 'withheld-condition';

async function importCondition(patientId: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'patient-access-withheld-'));
  const condition = {
    resourceType: 'Condition',
    id: WITHHELD,
    clinicalStatus: {
      coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-clinical', code: 'active' }],
    },
    code: { coding: [SENSITIVE] },
    subject: { reference: `Patient/${patientId}` },
  };
  try {
    const file = join(folder, 'condition.ndjson');
    await writeFile(file, JSON.stringify(condition));
    const { code, said } = await runToEnd(
      'tools/import/main.ts',
      ['--tenant', northwind.id, file],
      ingestSettings(),
    );
    if (code !== 0) throw new Error(said);
  } finally {
    await remove(folder);
  }
}

describe('withheld, of another member, or not there', () => {
  let client: FhirClient;
  let token: string;
  let theirs: string;
  beforeAll(async () => {
    await importCondition(memberOf(northwind, 'ordinary').patientId);
    const { client: other } = await connect(northwind, 'many');
    theirs = (await other.search('Condition?_count=1'))[0]?.id ?? '';
    const own = await connect(northwind, 'ordinary');
    client = own.client;
    token = own.session.accessToken;
  }, 60_000);

  /** The whole answer without what differs between any two requests: the request id and the time. */
  async function answerTo(method: string, path: string, headers: Record<string, string>): Promise<string> {
    const answer = await fetch(`${northwind.fhirBase}/${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...headers },
    });
    const id = answer.headers.get('x-request-id') ?? '';
    const named = [...answer.headers].filter(([name]) => name !== 'date');
    return JSON.stringify([answer.status, named, await answer.text()]).replaceAll(id, '{id}');
  }

  const WAYS: [
    what: string,
    method: string,
    path: (id: string) => string,
    headers?: Record<string, string>,
  ][] = [
    ['a read', 'GET', (id) => `Condition/${id}`],
    ['a HEAD', 'HEAD', (id) => `Condition/${id}`],
    ['a read of a version', 'GET', (id) => `Condition/${id}/_history/1`],
    ['the history', 'GET', (id) => `Condition/${id}/_history`],
    ['the history since a day', 'GET', (id) => `Condition/${id}/_history?_count=1`],
    ['a read of what changed', 'GET', (id) => `Condition/${id}`, { 'if-none-match': 'W/"1"' }],
    ['a read of a summary', 'GET', (id) => `Condition/${id}?_summary=true`],
    ['a read of elements', 'GET', (id) => `Condition/${id}?_elements=code`],
    ['a read with a final slash', 'GET', (id) => `Condition/${id}/`],
    ['a search by id', 'GET', (id) => `Condition?_id=${id}&_total=accurate&_summary=count`],
    ['a read as another type', 'GET', (id) => `Observation/${id}`],
    ['an update', 'PUT', (id) => `Condition/${id}`],
    ['a delete', 'DELETE', (id) => `Condition/${id}`],
    ['the content of a document', 'GET', (id) => `Binary/${id}`],
    ['an operation', 'GET', (id) => `Patient/${id}/$everything`],
  ];

  test('the withheld record is there for the plan, and another member has one', () => {
    expect(theirs).not.toBe('');
    expect(client.requestIds).toEqual([]);
  });

  test.each(WAYS)(
    'F01: %s gets one answer, byte for byte but for the request id',
    // Jest waits for a callback where a test has more parameters than its row.
    async (_what, method, path, headers = {}) => {
      const of = (id: string) =>
        answerTo(method, path(id), headers).then((text) => text.replaceAll(id, '{asked}'));
      const absent = await of('0'.repeat(theirs.length));
      expect(await of(WITHHELD)).toBe(absent);
      expect(await of(theirs)).toBe(absent);
    },
  );
});
