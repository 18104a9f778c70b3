/** Writes the narrative of a resource that came without one (http://hl7.org/fhir/R4/narrative.html). */
import { definitions } from '../../definitions.ts';
import type { Resource } from '../../resource.ts';
import { sanitisedDiv } from '../sanitise.ts';
import { withLinks } from './facts.ts';
import type { NarrativeOptions, Sentence } from './sentence.ts';

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

const escaped = (text: string) => text.replace(/[&<>"]/g, (character) => ESCAPES[character] ?? '');

const paragraph = (sentences: readonly Sentence[], language: keyof Sentence) =>
  `<p lang="${language}" xml:lang="${language}">${withLinks(escaped(sentences.map((each) => each[language]).join(' ')))}</p>`;

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
  const div = sanitisedDiv(`<div xmlns="http://www.w3.org/1999/xhtml">${both}</div>`);
  return div === undefined ? resource : { ...resource, text: { status: 'generated', div } };
}
