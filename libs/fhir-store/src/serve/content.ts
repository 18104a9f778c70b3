/** Documents as what they hold rather than as a resource (http://hl7.org/fhir/R4/binary.html#rest). */
import {
  accepts,
  type Definition,
  isFhirJson,
  notAcceptable,
  parseResource,
  wantedRanges,
} from '@patient-access/fhir';

/** What a client says it wants. */
export interface ContentNegotiation {
  accept?: string;
  /** of `_format` */
  formats: readonly string[];
}

/** A media type that may stand in a header (RFC 9110 section 8.3.1), with simple parameters. */
const MEDIA_TYPE = /^[\w.+-]{1,64}\/[\w.+-]{1,64}(?:; ?[\w-]{1,32}=[\w.-]{1,64}){0,4}$/;
const UNKNOWN_TYPE = 'application/octet-stream';

/**
 * A document is somebody else's text on our host: it is kept, never shown, and if it is shown it may do nothing
 * (security case F35).
 */
export const CONTENT_HEADERS = {
  'content-disposition': 'attachment',
  'content-security-policy': "default-src 'none'; sandbox",
  'x-content-type-options': 'nosniff',
};

function wants(mediaType: string, { accept, formats }: ContentNegotiation): boolean {
  const [essence = ''] = mediaType.toLowerCase().split(';');
  return formats.length > 0
    ? formats.every((format) => format.toLowerCase() === essence)
    : accepts(essence, accept);
}

/** Only who names FHIR's own media type gets the resource. */
const wantsResource = ({ accept, formats }: ContentNegotiation): boolean =>
  formats.length > 0 ? formats.every(isFhirJson) : wantedRanges(accept ?? '').some(isFhirJson);

/**
 * @param body the resource as it is stored
 * @returns undefined where the resource itself is negotiation
 * @throws OperationError 406 when neither it nor what it holds is
 */
export function documentContent(
  body: string,
  { mediaType, data }: NonNullable<Definition['content']>,
  negotiation: ContentNegotiation,
): { mediaType: string; bytes: Buffer } | undefined {
  if (wantsResource(negotiation)) return undefined;
  const resource = parseResource(body) as Record<string, unknown>;
  const stored = String(resource[mediaType] ?? '');
  const type = MEDIA_TYPE.test(stored) ? stored : UNKNOWN_TYPE;
  if (!wants(type, negotiation)) throw notAcceptable();
  return { mediaType: type, bytes: Buffer.from(String(resource[data] ?? ''), 'base64') };
}
