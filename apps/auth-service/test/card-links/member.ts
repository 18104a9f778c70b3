/** A member who makes links to a card, and whoever opens them. */
import { compactDecrypt } from 'jose';
import { openApps, wordsOf } from '../apps/member.ts';
import { type Browser, type BrowserPage, hiddenFields } from '../browser.ts';
import type { World } from '../world.ts';

export interface Shlink {
  url: string;
  key: string;
  exp: number;
  flag: string;
  label: string;
}

const readShlink = (link: string): Shlink & { prefix: string } => ({
  prefix: link.slice(0, link.indexOf('shlink:/')),
  ...(JSON.parse(Buffer.from(link.slice(link.indexOf('shlink:/') + 8), 'base64url').toString()) as Shlink),
});

export async function decrypted(jwe: string, key: string) {
  const { plaintext, protectedHeader } = await compactDecrypt(jwe, Buffer.from(key, 'base64url'));
  return { header: protectedHeader, file: JSON.parse(Buffer.from(plaintext).toString()) as object };
}

export class LinkMaker {
  readonly browser: Browser;
  private readonly card: string;
  private readonly person: string;

  private constructor(browser: Browser, card: string, person: string) {
    this.browser = browser;
    this.card = card;
    this.person = person;
  }

  static async logIn(world: World, login = 'maria.many', person = 'maria'): Promise<LinkMaker> {
    const { browser } = await openApps(world, login);
    return new LinkMaker(browser, `${world.url}/auth/northwind/card`, person);
  }

  page(): Promise<BrowserPage> {
    return this.browser.open(`${this.card}?person=${this.person}`);
  }

  /** @param more what the form says otherwise @param onShown is called between the page and its form */
  async post(more: Record<string, string> = {}, onShown = () => {}): Promise<BrowserPage> {
    const fields = hiddenFields(await this.page());
    onShown();
    const form = {
      token: fields.get('token') ?? '',
      person: this.person,
      coverage: `coverage-of-${this.person}`,
    };
    const body = new URLSearchParams({ ...form, days: '1', uses: '5', passcode: '', ...more });
    return this.browser.open(`${this.card}/links`, { method: 'POST', body });
  }

  /** @returns what the link says, and the address of the viewer before it */
  async make(more: Record<string, string> = {}): Promise<Shlink & { prefix: string }> {
    const { html } = await this.post(more);
    const [, link = ''] = /href="([^"]*shlink:\/[^"]+)"/.exec(html) ?? [];
    return readShlink(link);
  }

  /** Ends the first link of the list that works. */
  async end(): Promise<string> {
    const page = await this.page();
    const [, path = ''] = /action="([^"]+\/links\/[^"]+)"/.exec(page.html) ?? [];
    const body = new URLSearchParams({ token: hiddenFields(page).get('token') ?? '', person: this.person });
    const url = new URL(path, this.card);
    return wordsOf(await this.browser.open(String(url), { method: 'POST', body }));
  }
}

/** Opens a link without a passcode. */
export const openFile = (url: string, recipient = 'Front desk'): Promise<Response> =>
  fetch(`${url}?${new URLSearchParams({ recipient })}`);

/** Asks for the manifest. */
export const askManifest = (url: string, body: object): Promise<Response> =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ recipient: 'Front desk', ...body }),
  });

/** {@link askManifest}, and again while a busy machine cannot check the passcode: then it counts as none. */
export async function guessPasscode(url: string, passcode: string): Promise<Response> {
  const answer = await askManifest(url, { passcode });
  return answer.status === 503 ? guessPasscode(url, passcode) : answer;
}
