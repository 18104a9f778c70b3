/** The commands of the pages for app developers, run as they are printed, with the addresses of this installation. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { answerPages, UserAgent } from '@patient-access/first-call';
import { readPreview } from '@patient-access/preview';
import { blocksOf } from '../installation/page-blocks.ts';
import { runInShell } from '../installation/shell.ts';
import { directory, memberOf, world } from '../installation/world.ts';

const { northwind } = world();
const { publicUrl, developersUrl } = readPreview(directory);
const REDIRECT = 'http://127.0.0.1:3000/callback';
const PROMPT = 'The address in the browser: ';
const AUTHORIZE = /^(http\S+\/authorize\?\S+)$/m;

/** What the site does with the addresses when it serves a page. */
const here = (code: string) => code.replaceAll('https://api.plan.example', publicUrl);

const scriptOf = (...pages: string[]) => here(pages.flatMap((page) => blocksOf(page, 'bash')).join('\n'));

/** Opens the address that was printed, logs in and agrees. @returns the address in the browser's bar */
async function logIn(said: string): Promise<string> {
  const url = new URL(AUTHORIZE.exec(said)?.[1] ?? '');
  const { login, password } = memberOf(northwind, 'many');
  const agent = new UserAgent();
  const first = await agent.open(url, REDIRECT);
  const request = { ...northwind, login, password, scope: '' };
  return (await answerPages(agent, first, request, REDIRECT)).href;
}

describe('the pages for app developers', () => {
  test('lead from nothing to claims in ten minutes, and on through the tutorial', async () => {
    const { code, said } = await runInShell(scriptOf('start', 'tutorial'), (printed) =>
      printed.includes(PROMPT) ? logIn(printed) : undefined,
    );
    const { patientId } = memberOf(northwind, 'many');
    expect(said).toContain(`the token is for the member ${patientId}`);
    expect(said).toContain('"resourceType":"ExplanationOfBenefit"');
    expect(said).toContain('3 pages');
    expect(said).toContain('"code":"scope-insufficient"');
    expect(said.trim().endsWith('401')).toBe(true);
    expect(code).toBe(0);
  });

  test('say how to see whether a plan answers', async () => {
    expect(await runInShell(scriptOf('status'))).toEqual({ code: 0, said: '200\n200\n' });
  });

  test('say truly that security.txt has the address for a weakness', async () => {
    const answer = await fetch(`${publicUrl}/.well-known/security.txt`);
    expect([answer.status, await answer.text()]).toEqual([200, expect.stringMatching(/^Contact: mailto:/)]);
  });

  test('find the plans of this installation, with logos that any page may show', async () => {
    const { code, said } = await runInShell(scriptOf('brands'));
    expect(code).toBe(0);
    const { entry } = JSON.parse(said) as { entry: { resource: { resourceType: string; name: string } }[] };
    const plans = entry.filter(({ resource }) => resource.resourceType === 'Organization');
    expect(plans.map(({ resource }) => resource.name)).toEqual(['Lakeside Health Plan', 'Northwind Health']);
    const logos = [...said.matchAll(/"valueUrl":"([^"]*\.svg)"/g)].map(([, url = '']) => url);
    expect(logos).toHaveLength(2);
    for (const logo of logos) {
      const { status, headers } = await fetch(logo);
      expect([status, headers.get('content-type')]).toEqual([200, 'image/svg+xml']);
      expect(headers.get('cross-origin-resource-policy')).toBe('cross-origin');
    }
  });

  test('have the addresses of this installation where they are served', async () => {
    const text = await (await fetch(`${developersUrl}/start`)).text();
    expect(text).toContain(northwind.fhirBase);
    expect(text).not.toContain('plan.example');
  });

  test('have JSON that can be parsed', () => {
    const pages = ['errors', 'tutorial'];
    const blocks = pages.flatMap((page) => blocksOf(page, 'json'));
    expect(blocks.length).toBeGreaterThanOrEqual(3);
    for (const block of blocks) expect(() => JSON.parse(block) as unknown).not.toThrow();
  });

  test('are where a browser is led to from the public host', async () => {
    for (const path of ['/', '/docs', '/developers']) {
      const answer = await fetch(`${publicUrl}${path}`, {
        headers: { accept: 'text/html' },
        redirect: 'manual',
      });
      expect([path, answer.status, answer.headers.get('location')]).toEqual([path, 302, `${developersUrl}/`]);
    }
    expect(readFileSync(join(directory, 'apps', 'developer-site.env'), 'utf8')).not.toMatch(
      /SECRET|KEY|DATABASE/,
    );
  });

  test('have an example in Python that parses', async () => {
    const [python = '', ...more] = blocksOf('examples', 'python');
    expect([more.length, python.includes('code_verifier')]).toEqual([0, true]);
    if ((await runInShell('command -v python3')).code !== 0) return;
    const parse = `python3 -c ${quoted('import ast, sys; ast.parse(sys.argv[1])')} ${quoted(here(python))}`;
    expect(await runInShell(parse)).toEqual({ code: 0, said: '' });
  });

  test('make a verifier and a challenge as RFC 7636 has them, in each language that this machine has', async () => {
    const languages = ['js', 'python', 'java', 'swift', 'kotlin'];
    for (const language of languages)
      expect([language, blocksOf('authentication', language).length]).toEqual([language, 1]);
    const [js = ''] = blocksOf('authentication', 'js');
    const run = `node --input-type=module -e ${quoted(`${js}\nconsole.log(verifier, challenge);`)}`;
    await expectPkce(run);
    const [python = ''] = blocksOf('authentication', 'python');
    await expectPkce(`python3 -c ${quoted(`${python}\nprint(verifier, challenge)`)}`, 'python3');
    const [java = ''] = blocksOf('authentication', 'java');
    await expectPkce(`D=$(mktemp -d); printf %s ${quoted(java)} > $D/Pkce.java; java $D/Pkce.java`, 'java');
  });
});

const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

async function expectPkce(command: string, program?: string): Promise<void> {
  if (program && (await runInShell(`command -v ${program}`)).code !== 0) return;
  const PATH = resolve(import.meta.dirname, '../../../node_modules/.bin');
  const { code, said } = await runInShell(`export PATH=${quoted(PATH)}:$PATH\n${command}`);
  const [verifier = '', challenge = ''] = said.trim().split(' ');
  expect([code, verifier.length >= 43]).toEqual([0, true]);
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier));
  expect(challenge).toBe(Buffer.from(hash).toString('base64url'));
}
