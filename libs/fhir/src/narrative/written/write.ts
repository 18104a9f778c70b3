/** Writes the narrative of a resource that came without one (http://hl7.org/fhir/R4/narrative.html). */
import { definitions } from '../../definitions.ts';
import type { Resource } from '../../resource.ts';
import { sanitisedDiv } from '../sanitise.ts';
import { withLinks } from './facts.ts';
import type { NarrativeOptions, Sentence } from './sentence.ts';

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

const escaped = (text: string) => text.replace(/[&<>"]/g, (character) => ESCAPES[character] ?? '');

const BEGIN = '<div xmlns="http://www.w3.org/1999/xhtml">';
const END = '</div>';
const beginOf = (language: keyof Sentence) => `<p lang="${language}" xml:lang="${language}">`;
const END_OF_PARAGRAPH = '</p>';

const paragraph = (sentences: readonly Sentence[], language: keyof Sentence) =>
  `${beginOf(language)}${withLinks(escaped(sentences.map((each) => each[language]).join(' ')))}${END_OF_PARAGRAPH}`;

/**
 * Adds a narrative in English and Spanish to a resource whose type has one, and that has none. `status` marks it as
 * generated. Names in it are text: they are escaped, and the whole goes through the same parser as what is sent.
 *
 * @returns the same object where there is nothing to write
 */
export function withNarrative(resource: Resource, options: NarrativeOptions): Resource {
  const narrator = definitions.get(resource.resourceType)?.narrative;
  if (!narrator || 'text' in resource) return resource;
  const sentences = narrator(resource, options);
  const both = paragraph(sentences, 'en') + paragraph(sentences, 'es');
  const div = sanitisedDiv(`${BEGIN}${both}${END}`);
  return div === undefined ? resource : { ...resource, text: { status: 'generated', div } };
}

/** Has the resource a narrative as {@link withNarrative} writes it? */
function isWritten({ text }: Resource): boolean {
  const { status, div } = (text ?? {}) as { status?: string; div?: string };
  if (status !== 'generated' || div === undefined) return false;
  const isBoth = div.startsWith(BEGIN + beginOf('en')) && div.includes(END_OF_PARAGRAPH + beginOf('es'));
  return isBoth && div.endsWith(END_OF_PARAGRAPH + END);
}

/** With it a narrative says all that it can, also until when a member can appeal. */
const ALL_SAID: NarrativeOptions = { appealDays: 1 };

/**
 * A narrative may say in words of ours, which name nothing, that something is there: `Your other insurance may pay`.
 *
 * @param form the resource without something
 * @returns whether the form still has a narrative that an import wrote, and it says only what follows from the form, too
 */
export function isToldOfBoth(whole: Resource, form: Resource): boolean {
  const narrator = definitions.get(whole.resourceType)?.narrative;
  if (!narrator || !isWritten(form)) return false;
  const [before, now] = [whole, form].map((each) => JSON.stringify(narrator(each, ALL_SAID)));
  return before === now;
}
