/** What the page does. The link, its key and the card are in this object alone, and nothing is stored. */
import { askForCardFile, type FileAnswer } from './ask-for-card-file.ts';
import { openCardFile } from './open-card-file.ts';
import { bodyHtml, type Shown } from './page.ts';
import { type LinkToCard, readLink } from './read-link.ts';
import { VIEWER_LANGUAGES, VIEWER_WORDS, type ViewerLanguage } from './words.ts';

const isLanguage = (text: string): text is ViewerLanguage =>
  (VIEWER_LANGUAGES as readonly string[]).includes(text);

const preferredLanguage = (): ViewerLanguage =>
  navigator.languages.map((tag) => tag.slice(0, 2)).find(isLanguage) ?? 'en';

const typed = (form: HTMLFormElement, name: string): string =>
  String(new FormData(form).get(name) ?? '').trim();

export class Viewer {
  private readonly api: string;
  private language = preferredLanguage();
  private link: LinkToCard | undefined;
  /** the link whose file is being asked for: each answer is a use, so a second press asks nothing */
  private asked: LinkToCard | undefined;
  private shown: Shown = { kind: 'end', why: 'none' };

  /** @param api scheme and host of the API */
  constructor(api: string) {
    this.api = api;
  }

  /** Reads the link, and takes it out of the address: neither a printed page nor the history shows its key. */
  begin(): void {
    const { hash, pathname } = window.location;
    this.link = readLink(hash, this.api);
    window.history.replaceState(null, '', pathname);
    if (this.link) this.show({ kind: 'form', hasPasscode: this.link.hasPasscode, recipient: '' });
    else this.show({ kind: 'end', why: hash === '' ? 'none' : 'unknown' });
  }

  /** Forgets everything, so that the button "back" shows no card. */
  forget(): void {
    this.link = undefined;
    this.show({ kind: 'end', why: 'none' });
  }

  speak(language: string): void {
    const form = document.querySelector('form');
    if (form && this.shown.kind === 'form')
      this.shown = { ...this.shown, recipient: typed(form, 'recipient') };
    if (isLanguage(language)) this.language = language;
    this.show(this.shown);
    document.querySelector<HTMLElement>('h1')?.focus();
  }

  async send(form: HTMLFormElement): Promise<void> {
    const { link } = this;
    const button = form.querySelector('button');
    if (!link || !button || this.asked === link) return;
    this.asked = link;
    button.textContent = VIEWER_WORDS[this.language].wait;
    const recipient = typed(form, 'recipient');
    const answer = await askForCardFile(link, { recipient, passcode: typed(form, 'passcode') });
    const next = await this.after(answer, link, recipient);
    this.asked = undefined;
    // Another link may have come meanwhile.
    if (link !== this.link) return;
    this.show(next);
    (document.querySelector<HTMLElement>('[role=alert]') ?? document.querySelector('h1'))?.focus();
  }

  private async after(answer: FileAnswer, link: LinkToCard, recipient: string): Promise<Shown> {
    if (answer.kind === 'ended') return { kind: 'end', why: 'ended' };
    if (answer.kind !== 'file')
      return { kind: 'form', hasPasscode: link.hasPasscode, recipient, problem: answer };
    try {
      return { kind: 'card', resources: await openCardFile(answer.jwe, link.key), opened: new Date() };
    } catch {
      return { kind: 'end', why: 'unknown' };
    }
  }

  /** The markup escapes every text, and Content-Security-Policy runs nothing that stands in it. */
  private show(shown: Shown): void {
    this.shown = shown;
    document.documentElement.lang = this.language;
    document.title = VIEWER_WORDS[this.language].title;
    try {
      document.body.innerHTML = bodyHtml(shown, this.language).markup;
    } catch {
      if (shown.kind === 'card') this.show({ kind: 'end', why: 'unknown' });
    }
  }
}
