/**
 * Serves the content of a Binary, rather than the Binary resource, where the client asks for it
 * (http://hl7.org/fhir/R4/binary.html#rest).
 */
import {
  accepts,
  type Definition,
  isFhirJson,
  isFormat,
  notAcceptable,
  parseResource,
  wantedRanges,
} from '@patient-access/fhir';

/** The formats that a client asks for. */
export interface ContentNegotiation {
  accept?: string;
  /** values of `_format` */
  formats: readonly string[];
}

/** A media type that is safe in a header (RFC 9110 section 8.3.1), with simple parameters, quoted or not. */
const MEDIA_TYPE =
  /^[\w.+-]{1,64}\/[\w.+-]{1,64}(?: ?; ?[\w-]{1,32}=(?:[\w.-]{1,64}|"[\w./+ -]{1,64}")){0,4}$/;
const UNKNOWN_TYPE = 'application/octet-stream';

/**
 * A document is content of strangers on our host. These headers make browsers save it instead of showing it. If a
 * browser shows it all the same, nothing in it can run (security case F35).
 */
export const CONTENT_HEADERS = {
  'content-disposition': 'attachment',
  'content-security-policy': "default-src 'none'; sandbox",
  'x-content-type-options': 'nosniff',
};

function wants(mediaType: string, { accept, formats }: ContentNegotiation): boolean {
  const [name = ''] = mediaType.toLowerCase().split(';');
  const essence = name.trimEnd();
  return formats.length > 0 ? formats.every((format) => isFormat(format, essence)) : accepts(essence, accept);
}

/** The client gets the resource only if it asks for a media type of FHIR by name. */
const wantsResource = ({ accept, formats }: ContentNegotiation): boolean =>
  formats.length > 0 ? formats.every(isFhirJson) : wantedRanges(accept ?? '').some(isFhirJson);

/**
 * @param body the resource as it is stored
 * @returns undefined when the client asked for the resource itself
 * @throws OperationError 406 when the client accepts neither the resource nor its content
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
