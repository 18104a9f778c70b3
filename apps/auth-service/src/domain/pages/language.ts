/** The language of a page: the member's choice, else what the app or the browser asks for. */
import { cookieIn } from '../cookies.ts';
import { en, type Texts } from './texts/en.ts';
import { es } from './texts/es.ts';

export type Language = Texts['language'];

export const TEXTS: Record<Language, Texts> = { en, es };

/** Names of the languages in the languages themselves, for the switch. */
export const LANGUAGE_NAMES: Record<Language, string> = { en: 'English', es: 'Español' };

export const LANGUAGES = Object.keys(TEXTS) as Language[];

/** Query parameter of the switch. */
const CHOSEN = 'lang';

const NEWEST_CHARACTERS = 512;

/** @param tag BCP 47, of which the primary subtag counts: `es-MX` is Spanish */
export function languageNamed(tag: string | null | undefined): Language | undefined {
  const primary = (tag ?? '').trim().split('-')[0]?.toLowerCase();
  return LANGUAGES.find((language) => language === primary);
}

/** @param locales space-separated, in order of preference (OpenID Connect Core 3.1.2.1) */
function ofLocales(locales: string | undefined): Language | undefined {
  const tags = (locales ?? '').slice(0, NEWEST_CHARACTERS).split(' ');
  return tags.map(languageNamed).find((language) => language !== undefined);
}

/** @param header Accept-Language (RFC 9110 section 12.5.4) */
function ofHeader(header: string | undefined): Language | undefined {
  const ranges = (header ?? '')
    .slice(0, NEWEST_CHARACTERS)
    .split(',')
    .map((range) => {
      const [tag = '', ...parameters] = range.split(';');
      const weight = parameters.map((parameter) => parameter.trim()).find((text) => text.startsWith('q='));
      return { language: languageNamed(tag), quality: weight === undefined ? 1 : Number(weight.slice(2)) };
    });
  const wanted = ranges.filter(({ language, quality }) => language !== undefined && quality > 0);
  return wanted.sort((a, b) => b.quality - a.quality)[0]?.language;
}

/** What a request says about the language. */
export interface Wishes {
  tenant: string;
  /** of the page's address */
  query: URLSearchParams;
  cookie: string | undefined;
  acceptLanguage: string | undefined;
  /** of the app's authorization request */
  uiLocales?: string | undefined;
  /** language of the posted form; the answer has the same language */
  posted?: string | null;
}

const cookieName = (tenant: string): string => `${tenant}-language`;

const remembered = ({ tenant, cookie }: Wishes): Language | undefined =>
  languageNamed(cookieIn(cookie, cookieName(tenant)));

/** @returns English when no wish is supported */
export function languageOf(wishes: Wishes): Language {
  return (
    languageNamed(wishes.posted) ??
    languageNamed(wishes.query.get(CHOSEN)) ??
    remembered(wishes) ??
    ofLocales(wishes.uiLocales) ??
    ofHeader(wishes.acceptLanguage) ??
    'en'
  );
}

/**
 * Remembers the member's choice while the browser is open.
 *
 * @returns a Set-Cookie header; undefined when nothing was chosen
 */
export function rememberLanguage({ tenant, query }: Wishes, secure: boolean): string | undefined {
  const chosen = languageNamed(query.get(CHOSEN));
  if (chosen === undefined) return undefined;
  const scope = `Path=/auth/${tenant}/; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`;
  return `${cookieName(tenant)}=${chosen}; ${scope}`;
}

/**
 * The same address in another language; the rest of the query stays.
 *
 * @param search query of the page's address, without `?`
 */
export function inLanguage(search: string, language: Language): string {
  const query = new URLSearchParams(search);
  query.set(CHOSEN, language);
  return `?${query}`;
}
