/** What the plan itself writes to the member about a claim. */
import type { ToldConcept } from './facts.ts';
import type { Sentence } from './sentence.ts';

interface Note {
  number?: number;
  type?: string;
  text?: string;
  language?: ToldConcept;
}
export interface ToldNotes {
  processNote?: Note[];
  item?: { noteNumber?: number[] }[];
}

/** A note of this type is for those who print the letter (http://hl7.org/fhir/R4/valueset-note-type.html). */
const FOR_OPERATORS = 'printoper';

/** @param language BCP 47 @returns the notes in that language or in none; else those that there are */
function inLanguage(notes: readonly Note[], language: keyof Sentence): readonly Note[] {
  const own = notes.filter(({ language: of }) =>
    (of?.coding ?? [{ code: language }]).some(({ code }) => code?.split('-')[0] === language),
  );
  return own.length > 0 ? own : notes;
}

/** @returns the notes about the claim as a whole: those about a line have a number that the line names */
export function noteSentences({ processNote = [], item = [] }: ToldNotes): Sentence[] {
  const ofLines = new Set(item.flatMap(({ noteNumber = [] }) => noteNumber));
  const notes = processNote.filter(
    ({ number, type, text }) =>
      text !== undefined && type !== FOR_OPERATORS && (number === undefined || !ofLines.has(number)),
  );
  if (notes.length === 0) return [];
  const said = (language: keyof Sentence) =>
    inLanguage(notes, language)
      .map(({ text }) => text)
      .join(' ');
  return [{ en: `The plan says: “${said('en')}”`, es: `El plan dice: “${said('es')}”` }];
}
