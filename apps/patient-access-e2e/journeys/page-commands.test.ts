/** Commands of the pages for app developers that need an app with a secret, or a member's token: each is run as it is printed. */
import { describe, expect, test } from '@jest/globals';
import { readPreview } from '@patient-access/preview';
import { registerNamed } from '../installation/member-agent.ts';
import { blocksOf, pagesWithCode } from '../installation/page-blocks.ts';
import { runInShell } from '../installation/shell.ts';
import { connect, directory, memberOf, world } from '../installation/world.ts';

const { northwind, lakeside } = world();
const { publicUrl } = readPreview(directory);
const SCOPE = 'launch/patient offline_access patient/Patient.rs patient/Observation.rs';

/** What the site does with the addresses when it serves a page. */
const here = (code: string) => code.replaceAll('https://api.plan.example', publicUrl);

/** How the code of each page is tested. A block of another page or kind needs its test, and its line here. */
const TESTED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  authentication: {
    '': 'shapes of requests: backend-service.test.ts and proofs.test.ts send such ones',
    bash: 'here',
    ...Object.fromEntries(
      ['js', 'python', 'java', 'swift', 'kotlin'].map((each) => [each, 'developer-pages.test.ts']),
    ),
  },
  brands: { bash: 'developer-pages.test.ts' },
  errors: { json: 'developer-pages.test.ts' },
  examples: {
    '': 'server-app.test.ts starts that server',
    python: 'developer-pages.test.ts parses it',
    swift: 'nothing: no machine of ours has its compiler, and the page says so',
    kotlin: 'nothing: no machine of ours has its compiler, and the page says so',
  },
  launch: { '': 'shapes of addresses: payer-launch.test.ts opens such ones' },
  libraries: { java: 'java-clients.test.ts runs the same lines' },
  reading: { '': 'here' },
  reference: { json: 'npm run check makes them anew' },
  register: { bash: 'here' },
  sandbox: { bash: 'here' },
  scopes: { '': 'a header, as tests of the notice have it' },
  start: { bash: 'developer-pages.test.ts' },
  status: { bash: 'developer-pages.test.ts' },
  support: { bash: 'here' },
  try: { '': 'npm run dev of the sample app' },
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
