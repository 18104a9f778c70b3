/** Commands of the pages for app developers that need an app with a secret, or a member's token: each is run as it is printed. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { part2Header } from '@patient-access/fhir';
import { readPreview } from '@patient-access/preview';
import { freePort } from '@patient-access/testing';
import { registerNamed } from '../installation/member-agent.ts';
import { blocksOf, fillOpenValues, pagesWithCode } from '../installation/page-blocks.ts';
import { runInShell } from '../installation/shell.ts';
import { connect, directory, memberOf, world } from '../installation/world.ts';
import { kitsInstalled, syntaxFaults } from '../kits/kits.ts';
import { AppKey, BindingKey, CALLBACK, Developer } from '../mistakes/people.ts';
import { read } from '../mistakes/reading.ts';
import { postForm, send } from '../mistakes/send.ts';

const { northwind, lakeside } = world();
const { publicUrl } = readPreview(directory);
const SAMPLE_APP = resolve(import.meta.dirname, '../../sample-app');
const SCOPE = 'launch/patient offline_access patient/Patient.rs patient/Observation.rs';

/** What the site does with the addresses when it serves a page. */
const here = (code: string) => code.replaceAll('https://api.plan.example', publicUrl);

/** How the code of each page is tested. A block of another page or kind needs its test, and its line here. */
const TESTED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  authentication: {
    '': 'here',
    bash: 'here',
    ...Object.fromEntries(['js', 'python', 'java'].map((each) => [each, 'developer-pages.test.ts runs it'])),
    swift: 'here, by its grammar: no machine of ours has its compiler',
    kotlin: 'here, by its grammar: no machine of ours has its compiler',
  },
  brands: { bash: 'developer-pages.test.ts' },
  errors: { json: 'developer-pages.test.ts' },
  examples: {
    '': 'server-app.test.ts starts that server',
    python: 'developer-pages.test.ts parses it',
    swift: 'here, by its grammar: no machine of ours has its compiler',
    kotlin: 'here, by its grammar: no machine of ours has its compiler',
  },
  launch: { '': 'here' },
  libraries: { java: 'java-clients.test.ts runs the same lines, and compares them' },
  limits: { http: 'headers: quotas.test.ts of the gateway reads such ones' },
  published: { bash: 'published.test.ts' },
  reading: { '': 'here' },
  reference: { json: 'npm run check makes them anew' },
  register: { bash: 'here' },
  sandbox: { bash: 'here' },
  scopes: { '': 'here' },
  start: { bash: 'developer-pages.test.ts' },
  status: { bash: 'developer-pages.test.ts' },
  support: { bash: 'here' },
  try: { '': 'here' },
  tutorial: {
    '': 'api-description.test.ts runs that collection',
    bash: 'developer-pages.test.ts',
    json: 'developer-pages.test.ts',
  },
};

test('each code block of the pages has its test', () => {
  const tested = Object.entries(TESTED).map(([page, kinds]) => [page, Object.keys(kinds).sort()]);
  expect(pagesWithCode()).toEqual(tested);
});

(kitsInstalled() ? test : test.skip).each(['swift', 'kotlin'] as const)(
  'the code in %s follows the grammar of its language',
  (language) => {
    const blocks = ['authentication', 'examples'].flatMap((page) => blocksOf(page, language));
    expect(blocks).toHaveLength(2);
    for (const block of blocks) {
      expect(syntaxFaults(language, block)).toEqual([]);
      expect(syntaxFaults(language, block.replace('(', ''))).not.toEqual([]);
    }
  },
);

describe('the requests that the pages show', () => {
  const dev = new Developer(northwind);

  test('authenticate a client with an assertion, and ask as a backend service', async () => {
    const [redeem = '', credentials = ''] = blocksOf('authentication', '');
    const key = new AppKey();
    const jwks = { keys: [key.jwk] };
    const app = await dev.register({ token_endpoint_auth_method: 'private_key_jwt', jwks });
    const post = (text: string) => {
      const [head = '', form = text] = text.split('\n\n');
      const [, endpoint = `${dev.issuer}/token`] = /^POST (\S+)$/m.exec(head) ?? [];
      return postForm(endpoint, [...new URLSearchParams(form)]);
    };
    const values = {
      token_endpoint: `${dev.issuer}/token`,
      code: 'unknown',
      redirect_uri: CALLBACK,
      code_verifier: 'x'.repeat(43),
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    };
    // The client was authenticated, as only the code is wrong; and it is no backend service.
    const JWT = dev.assertion(app, key);
    expect(read(await post(fillOpenValues(redeem, { ...values, JWT }))).link).toMatch(/#grant-invalid$/);
    const assertion = { ...values, client_assertion: dev.assertion(app, key) };
    const asked = fillOpenValues(credentials, assertion);
    expect(asked).not.toContain('…');
    expect(read(await post(asked)).link).toMatch(/#grant-type-not-allowed$/);
  });

  test('read with a token that is bound to a key', async () => {
    const app = await dev.register();
    const key = new BindingKey();
    const { access_token } = await dev.tokens(app, undefined, key);
    const [, , shown = ''] = blocksOf('authentication', '');
    const proof = key.proof('GET', `${dev.fhir}/Coverage`, access_token);
    const filled = fillOpenValues(shown.replace(/\{JWT: [^}]*\}/, '{JWT}'), {
      'FHIR base': dev.fhir,
      access_token,
      JWT: proof,
    });
    const [line = '', ...headers] = filled.split('\n');
    const pairs = headers.map((each) => each.split(': ') as [string, string]);
    const [method = '', url = ''] = line.split(' ');
    expect((await send(url, { method, headers: pairs })).status).toBe(200);
  });

  test('open the authorization endpoint, as a portal launches an app, and with a pushed request', async () => {
    const app = await dev.register();
    const { parameters } = dev.request(app);
    const values = {
      ...Object.fromEntries(parameters),
      authorization_endpoint: `${dev.issuer}/authorize`,
      iss: dev.fhir,
      launch: 'a-launch-of-nobody',
    };
    const [launched = '', pushed = ''] = blocksOf('launch', '');
    // Nothing else is wrong with it.
    const refused = read(await send(fillOpenValues(launched, values)));
    expect([refused.link, refused.says]).toEqual([
      expect.stringMatching(/#launch-invalid$/),
      expect.not.stringMatching(/faults/),
    ]);
    const { body } = await postForm(`${dev.issuer}/par`, parameters);
    const { request_uri: requestUri } = JSON.parse(body) as { request_uri: string };
    const request = requestUri.replace('urn:ietf:params:oauth:request_uri:', '');
    const url = fillOpenValues(pushed.replace(/:…/, ':{request}'), { ...values, request });
    const answer = await send(url);
    expect([answer.status, answer.headers['location']]).toEqual([303, expect.stringMatching(/interaction/)]);
  });

  test('have the header of released Part 2 records', () => {
    const [shown = ''] = blocksOf('scopes', '');
    const release = {
      grant: '…',
      categories: ['substance-use'],
      scope: 'patient/*.rs',
      from: '2026-11-01T00:00:00.000Z',
      until: '2027-11-01T00:00:00.000Z',
    };
    const header = `Part2-Notice: ${part2Header(release)}`;
    expect(header.replace(encodeURI('…'), '…')).toBe(shown.trim());
  });

  test('start the sample app as a copy of it is started', async () => {
    const [install, dev] = (blocksOf('try', '')[0] ?? '').trim().split('\n');
    expect([install, dev]).toEqual(['npm install', 'npm run dev']);
    const port = await freePort();
    // The name of the page, as soon as it is there.
    const script = `cd '${SAMPLE_APP}'
      ${dev} -- --port ${port} >/dev/null 2>&1 &
      PID=$!
      trap 'pkill -P $PID; kill $PID' EXIT
      curl -s --retry 60 --retry-delay 1 --retry-connrefused http://127.0.0.1:${port}/`;
    const { said } = await runInShell(script);
    expect(said).toContain('/src/main.tsx');
    const { devDependencies } = JSON.parse(readFileSync(join(SAMPLE_APP, 'package.json'), 'utf8')) as {
      devDependencies: Record<string, string>;
    };
    // What npm installs for a copy is what runs here.
    for (const [name, version] of Object.entries(devDependencies)) {
      const manifest = readFileSync(join(SAMPLE_APP, '../../node_modules', name, 'package.json'), 'utf8');
      expect([name, (JSON.parse(manifest) as { version: string }).version]).toEqual([name, version]);
    }
  });
});

describe('the commands of the pages', () => {
  /** @returns what they printed, as an app with a secret runs them */
  async function asServer(page: string): Promise<string[]> {
    const app = await registerNamed(
      northwind,
      'Claims On A Server',
      'https://app.example/callback',
      'client_secret_post',
    );
    const credentials = `CLIENT_ID='${app.client_id}' CLIENT_SECRET='${app.client_secret}'`;
    const said: string[] = [];
    for (const block of blocksOf(page, 'bash')) {
      const ran = await runInShell(`${credentials}\n${here(block)}`);
      expect(ran.code).toBe(0);
      said.push(ran.said);
    }
    return said;
  }

  test('ask what an app may read and does not, and register an app', async () => {
    const [unread = '', registered = ''] = await asServer('register');
    expect(Object.keys(JSON.parse(unread) as object)).toContain('unread');
    expect(JSON.parse(registered)).toMatchObject({
      client_name: 'Health Diary',
      client_id: expect.any(String),
    });
  });

  test('ask which calls of an app were refused', async () => {
    const [calls = ''] = await asServer('support');
    expect(JSON.parse(calls)).toMatchObject({ calls: [] });
  });

  test('make a pair of keys, the public half first', async () => {
    const [make = ''] = blocksOf('authentication', 'bash');
    const { said } = await runInShell(make);
    const keys = said
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, string>);
    expect(keys.map((key) => ['d' in key, key['crv'], key['alg']])).toEqual([
      [false, 'P-384', 'ES384'],
      [true, 'P-384', 'ES384'],
    ]);
  });

  test('cause each fault of the sandbox', async () => {
    const [block = ''] = blocksOf('sandbox', 'bash');
    const commands = here(block)
      .split('\n')
      .filter((line) => line.startsWith('curl'));
    expect(commands).toHaveLength(8);
    // At the other plan, because a plan rotates its keys once an hour and another journey does so here.
    const address = `SANDBOX=${lakeside.sandbox}`;
    for (const command of commands) {
      const { session } = await connect(lakeside, 'ordinary', SCOPE);
      const script = `${address}\nTOKEN='${session.accessToken}'\n${command} -s -o /dev/null -w '%{http_code}'`;
      expect([command, await runInShell(script)]).toEqual([command, { code: 0, said: '200' }]);
    }
  });

  test('read what the page about reading names', async () => {
    const { client } = await connect(northwind, 'many');
    const { patientId } = memberOf(northwind, 'many');
    const [document] = await client.search('DocumentReference?_count=1');
    const { url = '' } =
      (document as { content?: { attachment: { url: string } }[] })?.content?.[0]?.attachment ?? {};
    const paths = blocksOf('reading', '')
      .flatMap((block) => block.trim().split('\n'))
      .map((line) => line.replace('GET {FHIR base}/', ''))
      .map((path) => (path === 'Binary/{id}' ? url.replace(`${northwind.fhirBase}/`, '') : path))
      .map((path) => path.replace('{id}', patientId));
    expect(paths).toHaveLength(6);
    for (const path of paths) expect([path, (await client.get(path)).status]).toEqual([path, 200]);
  });
});
