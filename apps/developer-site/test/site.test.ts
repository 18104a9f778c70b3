import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ask } from '@patient-access/testing';
import { API_URL, startSite } from './world.ts';

const built = resolve(import.meta.dirname, '../out-site');
const PAGES = globSync('*.html', { cwd: built })
  .filter((file) => file !== '404.html')
  .map((file) => (file === 'index.html' ? '/' : `/${file.replace('.html', '')}`));
const MAX_PAGE_BYTES = 300_000;
const SOURCES = /(?:src|href)="(\/[^"]+\.(?:js|css))"/g;

let site: Awaited<ReturnType<typeof startSite>>;
beforeAll(async () => void (site = await startSite()));
afterAll(() => site?.stop());

describe.each(PAGES)('the page %s', (path) => {
  it('shows the addresses of the installation, and none of the examples', async () => {
    const { text, status } = await ask(site.url, path);
    expect(status).toBe(200);
    expect(text.replaceAll(API_URL, '')).not.toMatch(/plan\.example|\bnorthwind\b|EXAMPLE_PLANS/);
  });

  it('runs only the scripts of the build, sets no cookie and cannot be framed', async () => {
    const { headers, text } = await ask(site.url, path);
    const policy = String(headers['content-security-policy']);
    expect(policy).toMatch(/default-src 'none'; script-src 'self' 'sha256-[^;]*; style-src 'self';/);
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain("form-action 'none'");
    expect(policy).not.toMatch(/script-src[^;]*unsafe|https?:/);
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['set-cookie']).toBeUndefined();
    const [html = ''] = text.split('<body>');
    expect([...html.matchAll(/(?:src|href)="(https?:[^"]*)"/g)].map(([, url]) => url)).toEqual([]);
  });

  it(`is at most ${MAX_PAGE_BYTES / 1000} kB on the wire, with all that it loads`, async () => {
    const { text } = await ask(site.url, path);
    const files = new Set([path, ...[...text.matchAll(SOURCES)].map(([, file = '']) => file)]);
    let bytes = 0;
    for (const file of files) {
      const answer = await fetch(`${site.url}${file}`, { headers: { 'accept-encoding': 'gzip' } });
      expect([file, answer.status]).toEqual([file, 200]);
      const { headers } = await ask(site.url, file, { headers: { 'accept-encoding': 'gzip' } });
      bytes += Number(headers['content-length']);
    }
    expect(files.size).toBeGreaterThan(4);
    expect(bytes).toBeLessThan(MAX_PAGE_BYTES);
    expect(bytes).toBeGreaterThan(50_000);
  });
});

describe('the site', () => {
  it('has each heading to which a link of a page leads', () => {
    const read = (path: string) =>
      readFileSync(join(built, path === '/' ? 'index.html' : `${path}.html`), 'utf8');
    const ids = new Map(
      PAGES.map((path) => [path, new Set([...read(path).matchAll(/ id="([^"]+)"/g)].map(([, id]) => id))]),
    );
    const links = PAGES.flatMap((path) =>
      [...read(path).matchAll(/href="([^"#]*#[^"]+)"/g)].map(([, href = '']) => ({
        path,
        to: new URL(href, `https://site.example${path}`),
      })),
    ).filter(({ to }) => to.host === 'site.example');
    const dead = links.filter(({ to }) => !ids.get(to.pathname)?.has(decodeURIComponent(to.hash.slice(1))));
    expect(dead.map(({ path, to }) => `${path}: ${to.pathname}${to.hash}`)).toEqual([]);
    expect(links.length).toBeGreaterThan(100);
  });

  it('shows the addresses of the installation in its scripts too', async () => {
    for (const file of globSync('assets/**/*.js', { cwd: built })) {
      const { text, status } = await ask(site.url, `/${file}`);
      expect([file, status]).toEqual([file, 200]);
      expect(text).not.toMatch(/plan\.example|EXAMPLE_PLANS/);
    }
    expect((await ask(site.url, '/')).text).toContain(`${API_URL}/payer/patient-access/v2/lakeside`);
    expect((await ask(site.url, '/')).text).toContain('lakeside, hillside');
  });

  it('says that a plan has to be asked where no plan lets everybody register', async () => {
    const other = await startSite({ PREVIEW_PLANS: '' });
    const { text } = await ask(other.url, '/');
    expect(text).toContain(`${API_URL}/payer/patient-access/v2/your-plan`);
    await other.stop();
  });

  it('has no other file than those of the build', async () => {
    for (const path of [
      '/nothing',
      '/../package.json',
      '/..%2fpackage.json',
      '/%2e%2e/src/main.ts',
      '/start/',
      '//',
    ]) {
      const { status, headers } = await ask(site.url, path);
      expect([path, status]).toEqual([path, 404]);
      expect(String(headers['content-type'])).toContain('text/html');
    }
  });

  it('lets browsers keep what never changes, and ask for the rest', async () => {
    const { headers } = await ask(site.url, '/start');
    expect(headers['cache-control']).toBe('no-cache');
    const etag = String(headers['etag']);
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const again = await ask(site.url, '/start', { headers: { 'if-none-match': known } });
      expect([known, again.status, again.text]).toEqual([known, 304, '']);
    }
    expect((await ask(site.url, '/start', { headers: { 'if-none-match': '"other"' } })).status).toBe(200);
    const [framework = ''] = globSync('assets/chunks/framework.*.js', { cwd: built });
    expect((await ask(site.url, join('/', framework))).headers['cache-control']).toContain('immutable');
    const [start = ''] = globSync('assets/start.*.js', { cwd: built, exclude: ['**/*.lean.js'] });
    expect((await ask(site.url, join('/', start))).headers['cache-control']).toBe('no-cache');
  });

  it('has an icon where browsers ask for it by themselves', async () => {
    const { status, headers } = await ask(site.url, '/favicon.ico');
    expect([status, headers['content-type']]).toEqual([200, 'image/svg+xml']);
  });

  it('takes nothing', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH'])
      expect((await ask(site.url, '/start', { method })).status).toBe(404);
  });

  it('does not start without its pages', async () => {
    await expect(startSite({ SITE_DIRECTORY: '/nowhere' })).rejects.toThrow('the pages are not built');
  });

  it('is live, ready, and counts what it refused', async () => {
    for (const path of ['/health/live', '/health/ready'])
      expect((await ask(site.url, path)).status).toBe(200);
    expect(await site.metrics()).toContain('site_refused_total');
  });
});
