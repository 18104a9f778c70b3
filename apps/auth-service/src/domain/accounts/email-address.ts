import { z } from 'zod';

const MAX_ADDRESS_CHARACTERS = 254;

/**
 * An e-mail address as it is stored and compared: ASCII, in lower case. No server is known that tells mailboxes apart
 * by case (RFC 5321 section 2.4 allows it).
 */
export const EmailAddress = z
  .string()
  .transform((text) => text.trim().toLowerCase())
  .pipe(z.email('is no e-mail address').max(MAX_ADDRESS_CHARACTERS));

/** @returns undefined for a text that is no address */
export const parseEmailAddress = (text: string): string | undefined => EmailAddress.safeParse(text).data;
