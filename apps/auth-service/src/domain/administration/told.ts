/** What an administrator is told of persons, so that no answer of whom it tells leaves without an event that names them. */
import type { AccessEvent } from '@patient-access/events';

/** What was read, as the event says it. */
export type ReadOfPersons =
  | 'read-relations'
  | 'read-identities'
  | 'read-card-links'
  | 'list-person-changes'
  | 'read-person-change'
  | 'read-repair';

/** Notes which persons an answer tells about. */
type Note = (action: ReadOfPersons, persons: readonly string[]) => unknown;

/**
 * An answer that tells about persons. It cannot be read, not even as JSON, before it was noted which persons it tells about.
 */
export class Told<Answer> {
  readonly #action: ReadOfPersons;
  readonly #answer: Answer;
  readonly #persons: readonly string[];

  /** @param persons Patient ids of all of whom it tells; none: it tells of nobody */
  constructor(action: ReadOfPersons, answer: Answer, persons: readonly string[]) {
    this.#action = action;
    this.#answer = answer;
    this.#persons = [...new Set(persons)];
  }

  /** @returns the answer, when `note` is done */
  async after(note: Note): Promise<Answer> {
    await note(this.#action, this.#persons);
    return this.#answer;
  }

  /** @returns more, of the same persons */
  with<More>(more: (answer: Answer) => More): Told<More> {
    return new Told(this.#action, more(this.#answer), this.#persons);
  }
}

/** A repair that tells of nobody else than whom its act has named leaves no second event. */
export const isNamedByItsAct = (action: ReadOfPersons, persons: readonly string[]): boolean =>
  action === 'read-repair' && persons.length === 0;

const PERSON = 'Person';

/**
 * How the event names them. What the staff is told of a person here has no FHIR type of its own, so it is named as the
 * directory names it. An answer about nobody says 0, so that it is not taken for one whose persons are not known.
 */
export const namesTold = (persons: readonly string[]): Pick<AccessEvent, 'counts' | 'resources'> => ({
  counts: { [PERSON]: persons.length },
  ...(persons.length > 0 && { resources: { [PERSON]: persons.join(' ') } }),
});
