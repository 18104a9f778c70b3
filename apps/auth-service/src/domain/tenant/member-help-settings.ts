/** What a plan says in its own words on the page for members: part of its settings (tenant/settings.ts). */
import { z } from 'zod';

const MAX_PARAGRAPHS = 10;
const MAX_CHARACTERS = 1_000;

const Paragraphs = z.array(z.string().trim().min(1).max(MAX_CHARACTERS)).min(1).max(MAX_PARAGRAPHS);

/** What is left out keeps the text of this product. */
const Replaced = z.strictObject({
  afterwards: Paragraphs.optional(),
  law: Paragraphs.optional(),
  choosing: Paragraphs.optional(),
  takingBack: Paragraphs.optional(),
  complaints: Paragraphs.optional(),
  /** whom to call at the plan, and when */
  ask: Paragraphs.optional(),
});

/** By language. */
export const MemberHelp = z.strictObject({ en: Replaced.prefault({}), es: Replaced.prefault({}) });
export type MemberHelp = z.infer<typeof MemberHelp>;
