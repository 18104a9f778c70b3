/** A member without a login makes one alone, while she connects an app. Then the app reads her record, and nobody else's. */
import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { FhirClient, type FormPage, UserAgent } from '@patient-access/first-call';
import { waitUntil } from '@patient-access/testing';
import { registerNamed } from '../installation/member-agent.ts';
import { directory, EVERYTHING, world } from '../installation/world.ts';

const { lakeside } = world();
const REDIRECT_URI = 'http://127.0.0.1:9/joined';
const LOGIN = 'a.new.member';
const PASSWORD = 'nine slow turtles cross the road';

/** The code in the mail to this address. */
async function codeFor(address: string): Promise<string> {
  const folder = join(directory, 'mail');
  return waitUntil(async () => {
    const names = (await readdir(folder)).filter((name) => name.endsWith('.eml'));
    const mails = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
    const mail = mails.find((text) => text.toLowerCase().includes(`to: ${address}`));
    return /^\d{8}\r?$/m.exec(mail ?? '')?.[0].trim();
  });
}

interface TokenAnswer {
  access_token: string;
  id_token: string;
  patient: string;
}

async function redeem(address: URL, client_id: string, code_verifier: string): Promise<TokenAnswer> {
  const code = address.searchParams.get('code') ?? '';
  const grant = { grant_type: 'authorization_code', redirect_uri: REDIRECT_URI };
  const body = new URLSearchParams({ ...grant, code, client_id, code_verifier });
  return (await (await fetch(`${lakeside.issuer}/token`, { method: 'POST', body })).json()) as TokenAnswer;
}

test('a member who has no login makes one, and the app that she came from reads her record', async () => {
  const { joining } = lakeside;
  if (!joining) throw new Error('lakeside lets nobody make an account');
  const { client_id } = await registerNamed(lakeside, 'Joined Diary', REDIRECT_URI);
  const verifier = randomBytes(32).toString('base64url');
  const asked = new URLSearchParams({
    response_type: 'code',
    client_id,
    redirect_uri: REDIRECT_URI,
    scope: EVERYTHING,
    state: 'joined',
    aud: lakeside.fhirBase,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  });
  const agent = new UserAgent();
  let page: FormPage = await agent.open(new URL(`${lakeside.issuer}/authorize?${asked}`), REDIRECT_URI);
  const press = async (filled: Record<string, string>) => {
    page = await agent.submit(page, filled, REDIRECT_URI);
  };
  const [year = '', month = '', day = ''] = joining.birthDate.split('-');
  const { number, given, family } = joining;
  await press({ action: 'join' });
  await press({ number, given, family, year, month, day, action: 'mail' });
  const code = await codeFor(joining.email);
  // The code is good a moment after the mail is there, when its transaction has ended.
  for (let tries = 0; tries < 4 && !page.html.includes('name="repeat"'); tries += 1)
    await press({ code, action: 'join-code' });
  await press({ login: LOGIN, password: PASSWORD, repeat: PASSWORD, action: 'make' });
  expect(page.html).toContain('Joined Diary');
  await press({ action: 'agree' });

  const tokens = await redeem(page.url, client_id, verifier);
  expect(tokens.patient).toBe(joining.patientId);
  const [, claims = ''] = tokens.id_token.split('.');
  expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({
    'urn:payer-patient-access:proofing': { by: 'plan-email' },
  });
  const client = new FhirClient(lakeside.fhirBase, tokens.access_token);
  expect((await client.search('Patient')).map(({ id }) => id)).toEqual([joining.patientId]);
  const joined = async () => JSON.stringify(await client.search('AuditEvent')).includes('"login-join"');
  await waitUntil(joined, { withinMs: 30_000 });
}, 60_000);
