/** A browser with forms, cookies and redirects. */
import { request } from 'undici';

interface Cookie {
  name: string;
  value: string;
  path: string;
}

export interface BrowserPage {
  status: number;
  url: string;
  headers: Headers;
  html: string;
}

function decodeEntities(text: string): string {
  const named: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };
  return text.replace(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => named[name] as string);
}

/** The values of all inputs of a page's form, as a browser would send them if nothing is changed. */
export function hiddenFields({ html }: BrowserPage): URLSearchParams {
  const fields = new URLSearchParams();
  for (const [tag] of html.matchAll(/<input[^>]*>/g)) {
    const attribute = (name: string) => decodeEntities(new RegExp(` ${name}="([^"]*)"`).exec(tag)?.[1] ?? '');
    const toggle = ['checkbox', 'radio'].includes(attribute('type'));
    if (!toggle || / checked/.test(tag)) fields.append(attribute('name'), attribute('value'));
  }
  return fields;
}

/** A page without the random values of its forms, to compare it with another one. */
export const withoutTokens = (page: string): string =>
  page.replace(/name="(?:token|showing|once)" value="[^"]*"/g, '');

export class Browser {
  /** by path and name, because several interactions can be open */
  private readonly cookies = new Map<string, Cookie>();
  private readonly origin: string;
  /** sent with every request, as the gateway does */
  readonly headers: Record<string, string> = {};

  constructor(origin: string) {
    this.origin = origin;
  }

  private remember(headers: Headers): void {
    for (const line of headers.getSetCookie()) {
      const [pair = '', ...attributes] = line.split(/; */);
      const name = pair.slice(0, pair.indexOf('='));
      const path = attributes.find((attribute) => /^path=/i.test(attribute))?.slice('path='.length) ?? '/';
      this.cookies.set(`${path} ${name}`, { name, value: pair.slice(name.length + 1), path });
    }
  }

  cookieHeader(url: string): string {
    const { pathname } = new URL(url);
    return [...this.cookies.values()]
      .filter(({ path, value }) => value !== '' && pathname.startsWith(path))
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ');
  }

  async request(url: string, init: RequestInit = {}): Promise<BrowserPage> {
    const headers = { ...this.headers, cookie: this.cookieHeader(url), accept: 'text/html' };
    const asked = new Request(url, { ...init, headers: { ...headers, ...init.headers } });
    // Not by fetch, which says of itself in Sec-Fetch-Mode that it is no navigation, whatever a test wants to say.
    const answer = await request(url, {
      method: asked.method as 'GET',
      headers: Object.fromEntries(asked.headers),
      body: asked.body === null ? null : Buffer.from(await asked.arrayBuffer()),
    });
    const received = new Headers();
    for (const [name, value] of Object.entries(answer.headers))
      for (const each of [value ?? []].flat()) received.append(name, each);
    this.remember(received);
    return { status: answer.statusCode, url, headers: received, html: await answer.body.text() };
  }

  /** Follows redirects within this service. A redirect to another host is returned. */
  async open(url: string, init?: RequestInit): Promise<BrowserPage> {
    let page = await this.request(url, init);
    for (let hops = 0; hops < 8 && page.status === 303; hops += 1) {
      const target = new URL(page.headers.get('location') ?? '', page.url);
      if (target.origin !== this.origin) break;
      page = await this.request(target.href);
    }
    return page;
  }

  /** Presses a button of the page's form. */
  submit(
    page: BrowserPage,
    action: string,
    change?: (fields: URLSearchParams) => void,
  ): Promise<BrowserPage> {
    const fields = hiddenFields(page);
    change?.(fields);
    fields.set('action', action);
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    return this.open(page.url, { method: 'POST', body: fields.toString(), headers });
  }

  async logIn(page: BrowserPage, login: string, password: string): Promise<BrowserPage> {
    return this.submit(page, 'login', (fields) => {
      fields.set('login', login);
      fields.set('password', password);
    });
  }
}
