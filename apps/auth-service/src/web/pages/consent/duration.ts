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
  const { one, label } = consent[duration.unit];
  return { label: duration.count === 1 ? one : label(count), explanation: consent.until(until) };
}

/** Where the member ends it, and what goes on until she does. The page opens beside this one, so that nothing that was chosen is lost. */
function whereToEnd(
  { consent, member, apps, newTab }: Texts,
  { connected }: ConsentSnapshot,
  appsPage: string,
): Html {
  return html`<p class="hint">
      ${consent.howLongWhy}
      <a href="${appsPage}" target="_blank" rel="noopener noreferrer"
        >${member.apps}<span class="aside">${newTab}</span></a
      >
    </p>
    ${connected && html`<p>${consent.connected(apps.revoke)}</p>`}`;
}

/**
 * How long the access lasts, and where it can be ended before: radio buttons if there is a choice, otherwise a sentence.
 *
 * @param appsPage path of the page of connected apps
 */
export function durationChoice(
  texts: Texts,
  snapshot: ConsentSnapshot,
  { chosen, appsPage }: { chosen: string | undefined; appsPage: string },
): Html {
  const { howLong } = texts.consent;
  const { durations, timeZone } = snapshot;
  const options = durations.map((duration) => ({ id: duration.id, ...wordsOf(texts, duration, timeZone) }));
  if (options.length === 1) {
    const only = options.map(({ label, explanation }) => html`<strong>${label}</strong>: ${explanation}`);
    return html`<section aria-labelledby="how-long">
      <h2 id="how-long">${howLong}</h2>
      <p>${only}</p>
      ${whereToEnd(texts, snapshot, appsPage)}
    </section>`;
  }
  const radios = options.map(({ id, label, explanation }) => {
    const words = html`<strong>${label}</strong><span>${explanation}</span>`;
    return choiceButton({ role: 'radio', name: 'duration', value: id, isChosen: id === chosen, words });
  });
  return html`<fieldset role="radiogroup">
    <legend><h2>${howLong}</h2></legend>
    ${whereToEnd(texts, snapshot, appsPage)}
    <div class="stack">${radios}</div>
  </fieldset>`;
}
