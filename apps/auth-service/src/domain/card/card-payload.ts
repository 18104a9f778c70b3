/** What a link carries: the card's facts as FHIR, encrypted (SMART Health Links; RFC 7516). */
import { createHmac } from 'node:crypto';
import { type CardPatient, type CardResources, currentNames } from '@patient-access/pages';
import { CompactEncrypt } from 'jose';

export const CARD_MEDIA_TYPE = 'application/fhir+json';
const SECOND_MS = 1_000;
const MAX_LABEL_CHARACTERS = 80;

type Resource = Record<string, unknown> & { resourceType: string; id: string };

/** The elements that are on a card. Of Patient it has the name alone. */
const ELEMENTS: Readonly<Record<keyof CardResources, readonly string[]>> = {
  coverage: [
    'extension',
    'identifier',
    'status',
    'type',
    'subscriberId',
    'beneficiary',
    'dependent',
    'relationship',
    'period',
    'payor',
    'class',
    'network',
    'costToBeneficiary',
  ],
  patient: ['name'],
  payer: ['identifier', 'active', 'name', 'telecom', 'address', 'contact'],
};

const CARD_EXTENSION = /\/C4DIC-(?!PlanBeneficiaries)\w+-extension$/;

/** The guide's extensions, but not the one that may list the others of a family. */
function cardExtensions(extension: unknown): unknown[] {
  return ((extension ?? []) as { url: string }[]).filter(({ url }) => CARD_EXTENSION.test(url));
}

function reduced(resource: Resource, elements: readonly string[]): Resource {
  const kept = elements.flatMap((name): [string, unknown][] => {
    const value = name === 'extension' ? cardExtensions(resource[name]) : resource[name];
    return value === undefined || (Array.isArray(value) && value.length === 0) ? [] : [[name, value]];
  });
  return { resourceType: resource.resourceType, id: resource.id, ...Object.fromEntries(kept) };
}

/** Names that the person had before are not on the card. */
const withCurrentName = (patient: Resource): Resource => ({
  ...patient,
  name: currentNames((patient as unknown as CardPatient).name ?? []),
});

/** @returns the resources with nothing but what is on the card */
const cardFacts = ({ coverage, patient, payer }: CardResources): Resource[] => [
  reduced(coverage as unknown as Resource, ELEMENTS.coverage),
  reduced(withCurrentName(patient as unknown as Resource), ELEMENTS.patient),
  ...(payer ? [reduced(payer as unknown as Resource, ELEMENTS.payer)] : []),
];

/** @returns a Bundle of the card's facts and of nothing else */
export function cardBundle(card: CardResources, fhirBase: string, now: Date): object {
  const resources = cardFacts(card);
  return {
    resourceType: 'Bundle',
    type: 'collection',
    timestamp: now.toISOString(),
    entry: resources.map((resource) => ({
      fullUrl: `${fhirBase}/${resource.resourceType}/${resource.id}`,
      resource,
    })),
  };
}

/**
 * What is on the card, as a digest: another version of a resource that shows the same is the same card. The key is the part of
 * the address that is stored nowhere, so nobody who reads the database can try what the card says.
 *
 * @param token the last part of the address
 */
export function basisOf(
  { coverage, patient }: Pick<CardResources, 'coverage' | 'patient'>,
  token: string,
): string {
  const shown = cardFacts({ coverage, patient });
  return createHmac('sha256', token).update(JSON.stringify(shown)).digest('base64url');
}

/** @param key 32 bytes, base64url @returns JWE */
export const encryptFile = (content: object, key: string): Promise<string> =>
  new CompactEncrypt(Buffer.from(JSON.stringify(content)))
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', cty: CARD_MEDIA_TYPE })
    .encrypt(Buffer.from(key, 'base64url'));

export interface LinkContent {
  url: string;
  key: string;
  until: Date;
  hasPasscode: boolean;
  label: string;
}

/**
 * The link itself. Without a passcode the address gives the file at once (flag `U`); with one, a manifest.
 *
 * @returns `shlink:/…`
 */
export function shlink({ url, key, until, hasPasscode, label }: LinkContent): string {
  const payload = {
    url,
    key,
    exp: Math.floor(until.getTime() / SECOND_MS),
    flag: hasPasscode ? 'P' : 'U',
    label: label.slice(0, MAX_LABEL_CHARACTERS),
    v: 1,
  };
  return `shlink:/${Buffer.from(JSON.stringify(payload)).toString('base64url')}`;
}
