/** Describes the part of a kind of data for which an app asks. */
import { plainText } from '../../domain/apps/app-name.ts';
import type { Restriction } from '../../domain/consent/requested-access.ts';
import type { Texts } from '../../domain/pages/texts/en.ts';

type Words = Texts['consent'];

const MAX_VALUE_CHARACTERS = 200;
/** A date that is compared: FHIR's prefix, and a year, a month, a day or an instant. */
const BOUND = /^(ge|gt|sa|le|lt|eb)((?:19|20)\d\d(?:-\d\d(?:-\d\d(?:T[\d:.Z+-]+)?)?)?)$/;

/** An app may write the name of a property that every object has, such as `constructor`. */
const textOf = (texts: Readonly<Record<string, string>>, name: string): string | undefined =>
  Object.hasOwn(texts, name) ? texts[name] : undefined;

/** `ge2026` becomes “from 2026 on”. */
function boundText({ bounds }: Words, value: string): string | undefined {
  const [, prefix = '', day = ''] = BOUND.exec(value) ?? [];
  return bounds[prefix]?.(day);
}

/** `category=http://…|laboratory` becomes “lab results”. A value without a text of its own is shown unchanged. */
function valueText(words: Words, parameter: string, value: string): string {
  const codes = value.split(',').map((one) => one.slice(one.lastIndexOf('|') + 1) || one);
  const known = codes.map((code) => textOf(words.values, code));
  if (known.every((text) => text !== undefined)) return known.join(` ${words.or} `);
  const name = textOf(words.parameters, parameter) ?? parameter;
  const bounds = codes.map((code) => boundText(words, code));
  if (bounds.every((text) => text !== undefined)) return `${name} ${bounds.join(` ${words.or} `)}`;
  const shown = codes.map((code) => plainText(code, MAX_VALUE_CHARACTERS)).join(` ${words.or} `);
  return `${name} “${shown}”`;
}

/** The part of a kind for which an app asks, if it does not ask for all of it. */
export function partText(words: Words, restriction: Restriction): string {
  const parts = restriction.map(([parameter, value]) => valueText(words, parameter, value));
  return words.onlyPart(parts.join(` ${words.and} `));
}
