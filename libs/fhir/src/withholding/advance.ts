/**
 * From the versions that are current to those that come after them, for each audience by itself: where a form stays
 * what it was, its version stays too, so that nobody can tell that another audience's form has changed.
 */
import { type Audience, beyond, both } from './audience.ts';

/** A version that somebody is served. */
export interface Versioned {
  audience: Audience;
  /** the content without what the store sets, by which a form is recognised as the same */
  content: string;
}

export interface Advance<Old, New> {
  /** old versions that go on as they were, for whom */
  kept: { audience: Audience; old: Old; form: New }[];
  /** new versions, for whom */
  added: { audience: Audience; form: New }[];
  /** old versions that somebody is served another one in place of, for whom */
  replaced: { audience: Audience; old: Old }[];
  /** are there callers who could see the resource and no longer can? To them it will have begun when they see it again. */
  someoneLosesIt: boolean;
}

/** The common part of an audience with each of the others. */
function partsOf(audience: Audience, others: readonly Audience[]): Audience[] {
  return others.flatMap((other) => {
    const part = both(audience, other);
    return part ? [part] : [];
  });
}

/** An audience as a whole where the others cover it, and otherwise its parts in them. */
export function within(audience: Audience, others: readonly Audience[]): Audience[] {
  return beyond(audience, others).length === 0 ? [audience] : partsOf(audience, others);
}

/**
 * @param olds what is current; no two have a caller in common
 * @param forms what comes; the same
 */
export function advance<Old extends Versioned, New extends Versioned>(
  olds: readonly Old[],
  forms: readonly New[],
): Advance<Old, New> {
  const result: Advance<Old, New> = { kept: [], added: [], replaced: [], someoneLosesIt: false };
  for (const form of forms) {
    const same = olds.filter(({ content }) => content === form.content);
    for (const old of same) {
      const audience = both(old.audience, form.audience);
      if (audience) result.kept.push({ audience, old, form });
    }
    const rest = beyond(
      form.audience,
      same.map(({ audience }) => audience),
    );
    for (const audience of rest) result.added.push({ audience, form });
  }
  for (const old of olds) {
    if (
      beyond(
        old.audience,
        forms.map(({ audience }) => audience),
      ).length > 0
    )
      result.someoneLosesIt = true;
    const others = forms.filter(({ content }) => content !== old.content).map(({ audience }) => audience);
    for (const audience of within(old.audience, others)) result.replaced.push({ audience, old });
  }
  return result;
}
