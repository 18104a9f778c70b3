/** The Spanish texts have the words that members of US health plans read elsewhere, one word for one thing. */
import { describe, expect, it } from '@jest/globals';
import { TEXTS } from '../../src/domain/pages/language.ts';
import { ComingOfAge } from '../../src/domain/tenant/coming-of-age.ts';
import { Leaving } from '../../src/domain/tenant/leaving.ts';

/** All texts of a language by their path; what is filled in is a word of its own. */
function textsOf(language: 'en' | 'es'): Map<string, string> {
  const texts = new Map<string, string>();
  const walk = (value: unknown, path: string): void => {
    if (typeof value === 'string') texts.set(path, value);
    else if (typeof value === 'function') {
      const call = value as (...given: unknown[]) => unknown;
      // The facts of a mail are one object; the others are words and numbers.
      walk(
        path.endsWith('.text') ? call({ url: 'URL', code: 'CODE', minutes: 7 }) : call('X', 'Y', 'Z'),
        path,
      );
    } else if (typeof value === 'object' && value !== null)
      for (const [name, below] of Object.entries(value)) walk(below, `${path}.${name}`);
  };
  walk(TEXTS[language], '');
  return texts;
}

describe('the Spanish texts', () => {
  const spanish = textsOf('es');

  it('are as many as the English ones, and none is English', () => {
    const english = textsOf('en');
    expect([...spanish.keys()]).toEqual([...english.keys()]);
    const same = [...spanish].filter(([path, text]) => text !== '' && english.get(path) === text);
    expect([same, spanish.size > 300]).toEqual([[], true]);
  });

  it.each([
    ['a login is “cuenta”; “usuario” is the name that one types', /(?<!nombres? de )usuarios?\b/i],
    ['a claim is “reclamación”', /\breclamos?\b/i],
    ['“medicamentos” are what the consent page calls them', /\bmedicinas?\b/i],
    ['a session is closed', /(?<!\p{L})termin\p{L}+ (?:\p{L}+ )?(?:otras? |todas )?sesi/iu],
    ['the member is “usted”', /(?<!\p{L})(?:tú|tus?|ti|contigo|tienes|puedes|quieres)(?!\p{L})/iu],
    ['who is wrong is not “equivocado”: what was typed is “incorrecto”', /\bequivocad/i],
  ])('say it in one way: %s', (_, other) => {
    expect([...spanish].filter(([, text]) => other.test(text))).toEqual([]);
  });

  it.each(['en', 'es'] as const)(
    'name each relationship that the settings know by themselves (%s)',
    (language) => {
      const { relationships: ofAge } = ComingOfAge.parse({});
      const { relationships: afterDeath } = Leaving.parse({}).afterDeath;
      const named = Object.keys(TEXTS[language].relationships);
      expect([...ofAge, ...afterDeath].filter((each) => !named.includes(each))).toEqual([]);
    },
  );

  it.each(['en', 'es'] as const)(
    'name the buttons with which access is taken back as they are (%s)',
    (language) => {
      const { memberHelp, apps } = TEXTS[language];
      const { paragraphs } = memberHelp.sections.takingBack;
      expect(paragraphs[0]).toContain(`“${apps.title}”`);
      expect(paragraphs[0]).toContain(`“${apps.revoke}”`);
    },
  );
});
