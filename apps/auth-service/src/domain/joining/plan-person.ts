/** What a plan says about somebody who may make an account alone: one line of a file. */
import { z } from 'zod';
import { parseEmailAddress } from '../accounts/email-address.ts';
import { PastDay } from '../days.ts';
import { hmac, hmacs, type Keys } from '../keys/secrets.ts';
import { nameForms, type PersonName } from './name-forms.ts';

const MAX_NUMBER_CHARACTERS = 64;
const MAX_NAMES = 10;
const MAX_CONTACTS = 20;
const PROOF_CHARACTERS = 22;

/** Postgres stores neither U+0000 nor half of a surrogate pair. */
const Plain = z
  .string()
  .refine((text) => text.isWellFormed() && !/\p{Cc}/u.test(text), 'has a control character');

const Contact = z
  .strictObject({
    email: z.string().optional(),
    phone: z.string().optional(),
    /** it is the family's, or somebody else's who helps */
    shared: z.boolean().default(false),
    /** the person asked to be reached here and nowhere else (45 CFR 164.522(b)) */
    confidential: z.boolean().default(false),
  })
  .refine(
    ({ email, phone }) => (email === undefined) !== (phone === undefined),
    'needs either email or phone',
  );

export const PlanPerson = z
  .strictObject({
    /** as in `member load` */
    number: Plain.trim().min(1).max(MAX_NUMBER_CHARACTERS),
    /** as it stands on the card, if it is another one than `number` */
    cardNumber: Plain.trim().min(1).max(MAX_NUMBER_CHARACTERS).optional(),
    /** all names by which the plan knows the person; none: nobody may join with this number any more */
    names: z
      .array(z.strictObject({ given: Plain.max(100).default(''), family: Plain.max(100) }))
      .max(MAX_NAMES),
    birthDate: PastDay.optional(),
    contacts: z.array(Contact).max(MAX_CONTACTS).default([]),
    /** the person asked to be reached by letter alone (45 CFR 164.522(b)) */
    onlyByPaper: z.boolean().default(false),
  })
  .refine(({ names, birthDate }) => names.length === 0 || birthDate !== undefined, {
    path: ['birthDate'],
    message: 'is missing',
  })
  .refine(({ names }) => names.every((name) => nameForms(name).length > 0), {
    path: ['names'],
    message: 'has a name without a letter',
  });
export type PlanPerson = z.infer<typeof PlanPerson>;

/** The card may show spaces and dashes, and somebody may type none. */
export const normalizeNumber = (number: string): string =>
  number
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[^\p{L}\p{N}]+/gu, '')
    .slice(0, MAX_NUMBER_CHARACTERS);

/** Ten digits are a number of North America. @returns undefined for a text that is no phone number (E.164) */
function parsePhone(text: string): string | undefined {
  const digits = text.replace(/[\s().-]+/g, '');
  if (/^[2-9]\d{9}$/.test(digits)) return `+1${digits}`;
  if (/^1[2-9]\d{9}$/.test(digits)) return `+${digits}`;
  return /^\+[1-9]\d{7,14}$/.test(digits) ? digits : undefined;
}

export interface StoredContact {
  kind: 'email' | 'phone';
  address: string;
  usable: boolean;
}

function addressOf({ email, phone }: z.infer<typeof Contact>): Omit<StoredContact, 'usable'> | undefined {
  if (email !== undefined) {
    const address = parseEmailAddress(email);
    return address === undefined ? undefined : { kind: 'email', address };
  }
  const address = parsePhone(phone ?? '');
  return address === undefined ? undefined : { kind: 'phone', address };
}

/**
 * A request for confidential communication comes first: then nothing else is used. All addresses are kept, because one that
 * two people have is nobody's alone.
 *
 * @returns in the plan's order; texts that are no address are left out
 */
export function contactsOf({ contacts, onlyByPaper }: PlanPerson): StoredContact[] {
  const isConfidential = contacts.some(({ confidential }) => confidential);
  const known = new Map<string, StoredContact>();
  for (const contact of contacts) {
    const address = addressOf(contact);
    if (!address) continue;
    const usable = !onlyByPaper && !contact.shared && (!isConfidential || contact.confidential);
    const key = `${address.kind} ${address.address}`;
    known.set(key, { ...address, usable: usable && (known.get(key)?.usable ?? true) });
  }
  return [...known.values()];
}

const proofText = (tenant: string, number: string, form: string, birthDate: string): string =>
  JSON.stringify(['person', tenant, number, form, birthDate]);

/** What is stored of names and date of birth: digests that nobody can guess without the key. */
export function proofsOf([key]: Keys, tenant: string, person: PlanPerson): string[] {
  const number = normalizeNumber(person.cardNumber ?? person.number);
  const forms = new Set(person.names.flatMap(nameForms));
  return [...forms].map((form) =>
    hmac([key], proofText(tenant, number, form, person.birthDate ?? '')).slice(0, PROOF_CHARACTERS),
  );
}

/** What somebody typed who says who she is. */
export interface Claimed extends PersonName {
  number: string;
  /** ISO 8601 */
  birthDate: string;
}

/** @returns the digests that the person's own would have, with each of the keys */
export function claimedProofs(keys: Keys, tenant: string, { birthDate, ...claimed }: Claimed): Set<string> {
  const number = normalizeNumber(claimed.number);
  const texts = nameForms(claimed).map((form) => proofText(tenant, number, form, birthDate));
  return new Set(texts.flatMap((text) => hmacs(keys, text)).map((proof) => proof.slice(0, PROOF_CHARACTERS)));
}
