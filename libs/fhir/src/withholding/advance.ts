/**
 * Works out the next versions of a resource, for each audience separately. A form whose content stays the same keeps
 * its version. So nobody can find out that the form of another audience has changed.
 */
import { type Audience, beyond, both } from './audience.ts';

/** A version that some callers are served. */
export interface Versioned {
  audience: Audience;
  /** the content without what the store sets; forms with equal content are the same */
  content: string;
}

export interface Advance<Old, New> {
  /** old versions that stay current, and for whom */
  kept: { audience: Audience; old: Old; form: New }[];
  /** new versions, and for whom */
  added: { audience: Audience; form: New }[];
  /** old versions that are replaced, and for whom */
  replaced: { audience: Audience; old: Old }[];
  /** can some callers no longer see the resource? If they see it again later, its history begins anew for them */
  someoneLosesIt: boolean;
}

/** The intersection of an audience with each of the others. */
function partsOf(audience: Audience, others: readonly Audience[]): Audience[] {
  return others.flatMap((other) => {
    const part = both(audience, other);
    return part ? [part] : [];
  });
}

/** The audience as a whole if the others cover it. Otherwise its intersections with them. */
export function within(audience: Audience, others: readonly Audience[]): Audience[] {
  return beyond(audience, others).length === 0 ? [audience] : partsOf(audience, others);
}

/**
 * @param olds the current versions; no two have a caller in common
 * @param forms the new forms; no two have a caller in common
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
