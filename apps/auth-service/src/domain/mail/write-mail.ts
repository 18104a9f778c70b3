/** The words of a mail, in the member's language, or in all languages as long as that is not known. */
import { type Language, LANGUAGES, TEXTS } from '../pages/language.ts';
import type { MailFacts } from '../pages/texts/mail.en.ts';
import { kindOfMail, type MailKind } from './mail-kinds.ts';
import type { Mail } from './transport.ts';

const isLanguage = (text: string | null): text is Language => LANGUAGES.some((language) => language === text);

/**
 * @param plan the plan's name
 * @param language of the login; null when it is not known
 */
export function writeMail(
  kind: MailKind,
  { plan, language, facts }: { plan: string; language: string | null; facts: MailFacts },
): Pick<Mail, 'subject' | 'text' | 'language'> {
  const languages = isLanguage(language) ? [language] : LANGUAGES;
  const texts = languages.map((each) => TEXTS[each].mail);
  const { reader = 'login', by } = kindOfMail(kind);
  const paragraphs = texts.map(({ kinds, sender }) =>
    by === 'text'
      ? `${plan}: ${kinds[kind].text(facts)}`
      : `${kinds[kind].text(facts)}\n\n${sender(plan, reader)}\n`,
  );
  return {
    subject: texts.map(({ kinds }) => kinds[kind].subject).join(' / '),
    text: paragraphs.join(by === 'text' ? '\n' : '\n* * *\n\n'),
    language: languages.join(', '),
  };
}
