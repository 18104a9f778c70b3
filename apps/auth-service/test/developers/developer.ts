/** An app developer at a browser, at the developer site of a plan that sends mails. */
import { waitUntil } from '@patient-access/testing';
import { Browser, type BrowserPage, hiddenFields } from '../browser.ts';
import { configure } from '../configure.ts';
import { FROM } from '../mail/world.ts';
import { MailServer } from '../mail/smtp-server.ts';
import { startWorld, type World } from '../world.ts';

const SITE = 'http://developers.example';
export const DEVELOPER_PASSWORD = 'seven purple lanterns over water';

export interface DeveloperWorld {
  world: World;
  mails: MailServer;
  stop(): Promise<void>;
}

export async function startDeveloperWorld(options: { auditUrl?: string } = {}): Promise<DeveloperWorld> {
  const mails = await new MailServer().listen();
  const world = await startWorld({ ...options, mail: { SMTP_URL: mails.url }, developersUrl: SITE });
  await configure(world, { nativeApps: true, mail: { from: FROM } });
  return {
    world,
    mails,
    async stop() {
      await world.stop();
      await mails.stop();
    },
  };
}

const NEW_APP = {
  client_name: 'Health Diary',
  redirect_uris: 'https://diary.example/callback',
  method: 'none',
};

export class DeveloperAtBrowser {
  readonly browser: Browser;
  private readonly there: DeveloperWorld;
  private readonly email: string;

  constructor(there: DeveloperWorld, email: string) {
    this.there = there;
    this.email = email;
    this.browser = new Browser(there.world.url);
  }

  path(page = '', tenant = 'northwind'): string {
    return `${this.there.world.url}/account/${tenant}${page}`;
  }

  open(page = ''): Promise<BrowserPage> {
    return this.browser.open(this.path(page));
  }

  async fill(
    page: BrowserPage,
    action: string,
    fields: Readonly<Record<string, string>> = {},
    at = page.url,
  ): Promise<BrowserPage> {
    return this.browser.submit({ ...page, url: at }, action, (form) => {
      for (const [name, value] of Object.entries(fields)) form.set(name, value);
    });
  }

  /** Presses a button of a form that sends a file, under a name and a type that say nothing true. */
  sendFile(
    page: BrowserPage,
    action: string,
    file: Buffer,
    fields: Readonly<Record<string, string>> = {},
  ): Promise<BrowserPage> {
    const body = new FormData();
    for (const [name, value] of hiddenFields(page)) body.set(name, value);
    for (const [, name = '', value = ''] of page.html.matchAll(
      /<textarea[^>]* name="([^"]*)"[^>]*>\n?([^<]*)/g,
    ))
      body.set(name, value);
    for (const [name, value] of Object.entries({ ...fields, action })) body.set(name, value);
    body.set('logo', new Blob([new Uint8Array(file)], { type: 'text/html' }), 'logo.svg');
    return this.browser.open(page.url, { method: 'POST', body });
  }

  /** @returns a link at this service, in place of the site that passes it on */
  async getLink(): Promise<string> {
    await this.fill(await this.open('/join'), 'send', { email: this.email });
    return this.takeLink();
  }

  /** @returns the link of the next mail, as soon as it is good */
  async takeLink(): Promise<string> {
    let link: string | undefined;
    while (link === undefined)
      for (const { text } of await this.there.mails.take()) link ??= /^http\S+\/join\/\S+$/m.exec(text)?.[0];
    await waitUntil(
      async () => (await this.there.world.db.query('SELECT FROM mail WHERE ended_at IS NULL')).rowCount === 0,
    );
    return link.replace(SITE, this.there.world.url);
  }

  async choose(link: string, password = DEVELOPER_PASSWORD): Promise<BrowserPage> {
    return this.fill(await this.browser.open(link), 'save', { password, repeat: password });
  }

  /** From nothing to an account, logged in. */
  async join(): Promise<BrowserPage> {
    return this.choose(await this.getLink());
  }

  async logIn(password = DEVELOPER_PASSWORD): Promise<BrowserPage> {
    return this.fill(await this.open('/login'), 'login', { email: this.email, password });
  }

  async register(app: Readonly<Record<string, string>> = {}): Promise<{ id: string; page: BrowserPage }> {
    const page = await this.fill(await this.open('/new'), 'register', { ...NEW_APP, ...app });
    return { id: /Client id<\/dt>\s*<dd><code>([^<]+)/.exec(page.html)?.[1] ?? '', page };
  }
}
