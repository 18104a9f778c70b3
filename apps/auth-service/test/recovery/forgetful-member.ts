/** What a member does who has forgotten her password. */
import { authenticatorOf } from '../authenticator.ts';
import { secondFactorOn } from '../events.ts';
import { Browser, type BrowserPage } from '../browser.ts';
import { type MailWorld, noMailWaits, takeMail } from '../mail/world.ts';
import type { World } from '../world.ts';

export const NEW_PASSWORD = 'seven purple lanterns over water';

export class ForgetfulMember {
  private readonly mails: MailWorld;
  private readonly world: World;

  constructor(mails: MailWorld) {
    this.mails = mails;
    this.world = mails.world;
  }

  /** Resolves when no mail is to be sent any more. */
  async quiet(): Promise<void> {
    await noMailWaits(this.world);
  }

  askUrl(tenant = 'northwind'): string {
    return `${this.world.url}/auth/${tenant}/recovery`;
  }

  async ask(typed: string, browser = new Browser(this.world.url), url = this.askUrl()): Promise<BrowserPage> {
    const page = await browser.open(url);
    return browser.submit(page, 'send', (fields) => fields.set('login', typed));
  }

  /** @returns the link of the next mail, as soon as it is good */
  async takeLink(): Promise<string> {
    const { text } = await takeMail(this.mails);
    return /^http\S+$/m.exec(text)?.[0] ?? '';
  }

  async getLink(typed = 'maria.many'): Promise<string> {
    await this.ask(typed);
    return this.takeLink();
  }

  /** The login has a second factor, and the member has read the notice about it. */
  async turnOnFactor(sub: string, codes: string[] = []) {
    const secret = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';
    const authenticator = authenticatorOf(secret);
    const { secondFactors } = (await this.world.server()).stores;
    const enrolment = { secret, codes, until: Date.now() };
    await secondFactors.turnOn(sub, enrolment, authenticator.code(), secondFactorOn);
    await this.mails.server.take();
    await this.world.db.query('TRUNCATE mail');
    return authenticator;
  }

  save(
    browser: Browser,
    page: BrowserPage,
    { password = NEW_PASSWORD, ...others }: Record<string, string> = {},
  ): Promise<BrowserPage> {
    return browser.submit(page, 'save', (fields) => {
      for (const [name, value] of Object.entries({ password, repeat: password, ...others }))
        fields.set(name, value);
    });
  }

  async choose(link: string, fields: Record<string, string> = {}): Promise<BrowserPage> {
    const browser = new Browser(this.world.url);
    return this.save(browser, await browser.open(link), fields);
  }
}
