/** The parts of a browser that login and consent need: cookies, redirects, forms. */

/** A page and its first form. */
export interface FormPage {
  url: URL;
  html: string;
}

const MAX_REDIRECTS = 10;

function attribute(tag: string, name: string): string | undefined {
  return new RegExp(`\\s${name}="([^"]*)"`)
    .exec(tag)?.[1]
    ?.replaceAll('&amp;', '&')
    .replaceAll('&quot;', '"');
}

/**
 * @returns the fields that a browser would send: hidden and filled fields, and ticked boxes. Of radio buttons it takes
 * the first one when none is selected.
 */
export function formFields(html: string): URLSearchParams {
  const fields = new URLSearchParams();
  for (const [tag] of html.matchAll(/<input\s[^>]*>/g)) {
    const [name, type, value] = [
      attribute(tag, 'name'),
      attribute(tag, 'type') ?? 'text',
      attribute(tag, 'value'),
    ];
    if (!name || value === undefined) continue;
    const ticked = / checked/.test(tag);
    if (type === 'radio' && (ticked || !fields.has(name))) fields.set(name, value);
    else if (type === 'hidden' || ticked) fields.append(name, value);
  }
  return fields;
}

/** @returns the values of the choices under a name that can be switched on, each a button with the role of a checkbox */
const switchesOf = (html: string, name: string): string[] =>
  [...html.matchAll(new RegExp(`\\sid="${name}-([^"]*)"\\s+role="checkbox"`, 'g'))].map(
    ([, value = '']) => value,
  );

export class UserAgent {
  private readonly cookies = new Map<string, string>();

  /** Opens a URL and follows redirects until it finds a page, or a redirect to `stopAt`. */
  async open(url: URL, stopAt: string, init: RequestInit = {}): Promise<FormPage> {
    let target = url;
    let request = init;
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
      if (target.href.startsWith(stopAt)) return { url: target, html: '' };
      const response = await fetch(target, {
        ...request,
        redirect: 'manual',
        headers: { ...request.headers, cookie: this.cookieHeader() },
      });
      for (const cookie of response.headers.getSetCookie()) this.keep(cookie);
      const location = response.headers.get('location');
      if (location === null) return { url: target, html: await response.text() };
      await response.body?.cancel();
      target = new URL(location, target);
      request = {};
    }
    throw new Error(`more than ${MAX_REDIRECTS} redirects`);
  }

  /**
   * Sends the form of a page. The fields of `filled` replace or complete those of the form.
   *
   * @param switchedOn name of the choices that the person switches on, all of them
   */
  submit(
    page: FormPage,
    filled: Record<string, string>,
    stopAt: string,
    switchedOn?: string,
  ): Promise<FormPage> {
    const fields = formFields(page.html);
    for (const [name, value] of Object.entries(filled)) fields.set(name, value);
    if (switchedOn !== undefined)
      for (const value of switchesOf(page.html, switchedOn)) fields.append(switchedOn, value);
    const action = attribute(/<form\s[^>]*>/.exec(page.html)?.[0] ?? '', 'action') ?? '';
    return this.open(new URL(action, page.url), stopAt, {
      method: 'POST',
      body: fields,
      headers: { 'content-type': 'application/x-www-form-urlencoded', origin: page.url.origin },
    });
  }

  private keep(setCookie: string): void {
    const [pair = ''] = setCookie.split(';');
    const [name = '', value = ''] = pair.split(/=(.*)/s);
    if (value === '' || /expires=Thu, 01 Jan 1970/i.test(setCookie)) this.cookies.delete(name);
    else this.cookies.set(name, value);
  }

  private cookieHeader(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }
}
