/**
 * The forms in which events hold the values that a question names. A value that no event can have is refused: an empty answer
 * would look as if nothing had happened.
 */
import { isIP, SocketAddress } from 'node:net';
import { AccessEvent } from '@patient-access/events';
import { invalid } from '@patient-access/fhir';

/** Requests beyond the number of addresses that are counted by themselves have this in the place of one. */
const OTHER_ADDRESSES = 'other';
/** Some proxies add a port, and events have what the proxy says. An IPv6 address is in brackets then. */
const WITH_PORT = /^(?:\[(?<six>[^\]]+)\]|(?<four>[\d.]+))(?::\d{1,5})?$/;

/** @returns the address without brackets and port */
function hostOf(address: string): string {
  const { six, four } = WITH_PORT.exec(address)?.groups ?? {};
  return six ?? four ?? address;
}

const isAddress = (text: string) => text === OTHER_ADDRESSES || isIP(hostOf(text)) !== 0;

/**
 * An IPv6 address has many spellings. Events have the one of the proxy, which an auditor may have copied from an event, or the usual
 * one (RFC 5952).
 *
 * @returns the address as it is, and in its usual spelling
 */
export function spellingsOf(address: string): string[] {
  const host = hostOf(address);
  if (isIP(host) !== 6) return [address];
  const usual = new SocketAddress({ address: host, family: 'ipv6' }).address;
  return [address, address.replace(host, usual)];
}

const KINDS: readonly string[] = AccessEvent.shape.kind.options;
const REQUEST = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;
const RECORD = /^[A-Z][A-Za-z]*\/[^/]+(?:\/_history\/[^/]+)?$/;

interface Form {
  /** @returns the value as events have it; undefined: none has it */
  as(text: string): string | undefined;
  /** what it has to be, in words */
  says: string;
}

const when = (isOne: (text: string) => boolean) => (text: string) => (isOne(text) ? text : undefined);

/** By query parameter. */
const FORMS: ReadonlyMap<string, Form> = new Map<string, Form>([
  [
    'address',
    { as: when(isAddress), says: 'must be one network address, such as 203.0.113.7 or 2001:db8::7.' },
  ],
  [
    'action',
    {
      as: when((text) => KINDS.includes(text.split('/', 1)[0] ?? '')),
      says: `must begin with a kind of event: ${KINDS.join(', ')}.`,
    },
  ],
  [
    'request',
    {
      as: (text) => when((id) => REQUEST.test(id))(text.toLowerCase()),
      says: 'must be the X-Request-ID of an answer, a UUID.',
    },
  ],
  [
    'resource',
    {
      as: when((text) => RECORD.test(text)),
      says: 'must be a type and an id, such as Claim/7 or Claim/7/_history/2.',
    },
  ],
]);

/** @throws OperationError 400 for a value that no event can have */
export function asRecorded(parameter: string, value: string): string {
  const form = FORMS.get(parameter);
  if (!form) return value;
  const recorded = form.as(value);
  if (recorded === undefined) throw invalid(`${parameter}: ${form.says}`, parameter);
  return recorded;
}
