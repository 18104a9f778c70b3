import { afterEach, describe, expect, it } from '@jest/globals';
import fastify from 'fastify';
import { announceDeprecations, type Deprecation, DEPRECATIONS } from '../../src/edge/deprecations.ts';

const SITE = 'https://developers.plan.example';
const OLD_SEARCH: Deprecation = {
  concerns: ({ method, url }) => method === 'GET' && /\/Coverage\?(?:.*&)?plan=/.test(url),
  since: new Date('2027-01-15T00:00:00Z'),
  sunset: new Date('2027-08-01T00:00:00Z'),
  heading: '#2027-01-15',
};
const OLD_TYPE: Deprecation = {
  concerns: ({ url }) => url.includes('/Coverage'),
  since: new Date('2027-02-01T00:00:00Z'),
  sunset: new Date('2028-02-01T00:00:00Z'),
  heading: '#2027-02-01',
};

describe('what is deprecated', () => {
  const server = { close: async () => undefined as unknown };
  afterEach(() => server.close());

  async function start(rows: readonly Deprecation[], site: string | null = SITE) {
    const app = fastify();
    announceDeprecations(app, rows, site ?? undefined);
    app.get('/Coverage', () => ({ ok: true }));
    server.close = () => app.close();
    const url = await app.listen({ port: 0, host: '127.0.0.1' });
    return async (path: string, method = 'GET') => {
      const { status, headers } = await fetch(`${url}${path}`, { method });
      return [status, ...['deprecation', 'sunset', 'link'].map((name) => headers.get(name))];
    };
  }

  it('is said in each answer that is concerned: RFC 9745, RFC 8594', async () => {
    const ask = await start([OLD_SEARCH]);
    const page = `<${SITE}/changelog#2027-01-15>`;
    expect(await ask('/Coverage?status=active&plan=x')).toEqual([
      200,
      '@1799971200',
      'Sun, 01 Aug 2027 00:00:00 GMT',
      `${page}; rel="deprecation"; type="text/html", ${page}; rel="sunset"; type="text/html"`,
    ]);
    expect(await ask('/Coverage')).toEqual([200, null, null, null]);
    expect(await ask('/Coverage?plan=x', 'POST')).toEqual([404, null, null, null]);
  });

  it('is said in a refusal too, by the row that ends first', async () => {
    const ask = await start([OLD_TYPE, OLD_SEARCH]);
    expect((await ask('/Coverage/1')).slice(0, 2)).toEqual([404, '@1801440000']);
    expect((await ask('/Coverage?plan=x'))[2]).toBe('Sun, 01 Aug 2027 00:00:00 GMT');
  });

  it('has no link where there is no developer site', async () => {
    const ask = await start([OLD_TYPE], null);
    expect((await ask('/Coverage')).slice(1)).toEqual(['@1801440000', expect.stringContaining('2028'), null]);
  });

  it('gives apps 180 days', async () => {
    const hurried = { ...OLD_SEARCH, sunset: new Date('2027-03-01T00:00:00Z') };
    await expect(start([hurried])).rejects.toThrow('#2027-01-15 ends less than 180 days');
    await start(DEPRECATIONS);
  });
});
