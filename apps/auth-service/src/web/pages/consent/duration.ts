import type { Duration } from '../../../domain/consent/durations.ts';
import type { ConsentSnapshot } from '../../../domain/consent/consent-snapshot.ts';
import { type Html, html } from '@patient-access/pages';
import type { Texts } from '../../../domain/pages/texts/en.ts';
import { choiceButton } from './choice-button.ts';

const formats = new Map<string, Intl.DateTimeFormat>();

/** One format for each language and time zone. Making one takes longer than rendering the page. */
function dateFormat(locale: string, timeZone: string): Intl.DateTimeFormat {
  const key = `${locale} ${timeZone}`;
  const format = formats.get(key) ?? new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone });
  formats.set(key, format);
  return format;
}

function wordsOf({ locale, consent }: Texts, duration: Duration, timeZone: string) {
  const count = String(duration.count);
  if (duration.unit === 'minutes') {
    const { label, explanation } = consent[duration.id];
    return {
      label,
      explanation: explanation(count, String(duration.id === 'session' ? duration.hours : '')),
    };
  }
  const until = dateFormat(locale, timeZone).format(new Date(duration.until));
  return { label: consent[duration.unit].label(count), explanation: consent.until(until) };
}

/** How long the access lasts: radio buttons if there is a choice, otherwise a sentence. */
export function durationChoice(
  texts: Texts,
  { durations, timeZone }: ConsentSnapshot,
  chosen: string | undefined,
): Html {
  const { howLong, howLongWhy } = texts.consent;
  const options = durations.map((duration) => ({ id: duration.id, ...wordsOf(texts, duration, timeZone) }));
  if (options.length === 1) {
    const only = options.map(({ label, explanation }) => html`<strong>${label}</strong>: ${explanation}`);
    return html`<section aria-labelledby="how-long">
      <h2 id="how-long">${howLong}</h2>
      <p>${only}</p>
    </section>`;
  }
  const radios = options.map(({ id, label, explanation }) => {
    const words = html`<strong>${label}</strong><span>${explanation}</span>`;
    return choiceButton({ role: 'radio', name: 'duration', value: id, isChosen: id === chosen, words });
  });
  return html`<fieldset role="radiogroup">
    <legend>${howLong}</legend>
    <p class="hint">${howLongWhy}</p>
    <div class="stack">${radios}</div>
  </fieldset>`;
}
