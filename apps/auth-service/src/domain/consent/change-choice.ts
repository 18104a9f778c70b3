/** One press on a box of the consent page, as its button sends it, and what it makes of the form. */

/** The name of the buttons. */
export const CHOICE_FIELD = 'set';

interface ChoiceChange {
  /** of the field */
  name: string;
  value: string;
  isOn: boolean;
}

/** Fields with one value. The others have one for each checked box. */
const SINGLE = new Set(['duration']);
/** The ids of what the page offers have no other characters. */
const FORM = /^(on|off) (kind|sensitive|duration) ([a-z0-9-]{1,64})$/;

export const choiceText = ({ name, value, isOn }: ChoiceChange): string =>
  `${isOn ? 'on' : 'off'} ${name} ${value}`;

/** @returns undefined when a button of the page cannot have sent this */
export function choiceChange(text: string): ChoiceChange | undefined {
  const [, on, name, value] = FORM.exec(text) ?? [];
  return name === undefined || value === undefined ? undefined : { name, value, isOn: on === 'on' };
}

/**
 * @param fields the checked boxes before
 * @returns the checked boxes after the press
 */
export function changeChoice(fields: URLSearchParams, { name, value, isOn }: ChoiceChange): URLSearchParams {
  const changed = new URLSearchParams(fields);
  if (SINGLE.has(name)) changed.delete(name);
  else changed.delete(name, value);
  if (isOn) changed.append(name, value);
  return changed;
}
