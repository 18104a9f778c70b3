/** Addresses of attachments, as an app can use them with its token. */
import { definitions } from './definitions.ts';

/** The types that can be served as a document. */
const DOCUMENTS = [...definitions].flatMap(([type, { content }]) => (content ? [type] : []));

/**
 * How the relative address of a document begins in a stored body. In the text of a string each quotation mark has a
 * backslash before it, so this is found in no string. No other element of R4 with this name holds such an address.
 */
const RELATIVE = DOCUMENTS.map((type) => ({ type, begin: `"url":"${type}/` }));

/**
 * Makes `Attachment.url` absolute where it names a document of this server: many clients do not resolve it against the
 * FHIR base (http://hl7.org/fhir/R4/datatypes.html#Attachment). It is stored as it came, because the public host may
 * change while the data stays.
 *
 * @param body JSON, UTF-8, without spaces between its tokens
 * @param base the tenant's FHIR base URL
 * @returns the same buffer when there is nothing to change
 */
export function withAbsoluteAttachments(body: Buffer, base: string): Buffer {
  const found = RELATIVE.filter(({ begin }) => body.includes(begin));
  if (found.length === 0) return body;
  let text = body.toString();
  for (const { type, begin } of found) text = text.replaceAll(begin, () => `"url":"${base}/${type}/`);
  return Buffer.from(text);
}
