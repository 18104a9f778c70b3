/**
 * Paging cursors. They are sealed with AES-256-GCM, so that a client can neither read nor change them (security rule
 * D07).
 */
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createSecretKey,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import { deflateSync, inflateSync } from 'node:zlib';
import { cursorInvalid } from '@patient-access/fhir';
import type { AcceptedSecrets } from '@patient-access/platform/config';
import type { PagePosition } from '../sql/order-sql.ts';

/** What a cursor is bound to. Another caller cannot use it, and neither can a request for another path. */
export interface CursorBinding {
  tenant: string;
  member: string;
  client: string;
  grant: string;
  /** below the FHIR base */
  path: string;
}

interface Content {
  query: [string, string][];
  after: PagePosition;
  /** milliseconds since the epoch */
  expires: number;
}

const LIFETIME_MS = 10 * 60 * 1000;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/**
 * A longer content is compressed, because its link would not fit into a URL: a search may have lists of a hundred ids or
 * codes. A shorter one is not, so that a replica of the release before can open it.
 */
const MAX_PLAIN_BYTES = 11_500;
/** How JSON begins. What is compressed begins otherwise (RFC 1950 section 2.2). */
const BRACE = 0x7b;

const forged = () => cursorInvalid('_cursor', 'cursor-forged');

function associatedData(binding: CursorBinding): Buffer {
  const { tenant, member, client, grant, path } = binding;
  return Buffer.from(JSON.stringify([tenant, member, client, grant, path]));
}

/** @returns undefined unless the key and the binding are those with which it was sealed */
function textOf(bytes: Buffer, key: KeyObject, binding: CursorBinding): string | undefined {
  try {
    const nonce = bytes.subarray(0, NONCE_BYTES);
    const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES })
      .setAAD(associatedData(binding))
      .setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
    const content = Buffer.concat([
      decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)),
      decipher.final(),
    ]);
    return (content[0] === BRACE ? content : inflateSync(content)).toString();
  } catch {
    return undefined;
  }
}

/** A KeyObject: from bytes, Node would make a key for each cursor, which takes longer than sealing it. */
const keyOf = (secret: string): KeyObject =>
  createSecretKey(createHash('sha256').update('cursor').update(secret).digest());

export class Cursors {
  private readonly key: KeyObject;
  /** which open cursors, the one that seals among them */
  private readonly keys: readonly KeyObject[];

  /**
   * @param secrets have to be the same on every replica of each service with a part of the members' records: a cursor of one part
   *   also comes to the next one, and that of a page of reference data to all of them
   */
  constructor([first, ...others]: AcceptedSecrets) {
    this.key = keyOf(first);
    this.keys = [this.key, ...others.map(keyOf)];
  }

  /** @returns the value of `_cursor` in a next link */
  seal(binding: CursorBinding, query: [string, string][], after: PagePosition, nowMs: number): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.key, nonce).setAAD(associatedData(binding));
    const content: Content = { query, after, expires: nowMs + LIFETIME_MS };
    const text = Buffer.from(JSON.stringify(content));
    const plain = text.length > MAX_PLAIN_BYTES ? deflateSync(text) : text;
    const sealed = Buffer.concat([cipher.update(plain), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url');
  }

  /** @throws OperationError 400 when the cursor was changed, has expired, or was sealed for another binding */
  open(binding: CursorBinding, cursor: string, nowMs: number): Omit<Content, 'expires'> {
    const content = this.decrypt(binding, cursor);
    if (content.expires < nowMs) throw cursorInvalid('_cursor', 'cursor-expired');
    return content;
  }

  private decrypt(binding: CursorBinding, cursor: string): Content {
    const bytes = Buffer.from(cursor, 'base64url');
    // The decoder ignores characters that are not base64url, and surplus bits. This check allows one spelling only.
    if (bytes.toString('base64url') !== cursor) throw forged();
    for (const key of this.keys) {
      const text = textOf(bytes, key, binding);
      if (text !== undefined) return JSON.parse(text) as Content;
    }
    throw forged();
  }
}
