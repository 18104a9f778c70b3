/** Decrypts the file of a link, and takes the card's resources from it. */
import type { CardCoverage, CardPatient, CardPayer, CardResources } from '@patient-access/pages';
import { decodedBytes } from './read-link.ts';

/** As the API writes it (RFC 7516 section 7.1). Nothing else is opened: no other algorithm, and nothing compressed. */
const HEADER = { alg: 'dir', enc: 'A256GCM', cty: 'application/fhir+json' };

interface Bundle {
  resourceType: string;
  type: string;
  entry: { resource: { resourceType: string } }[];
}

function checkHeader(part: string): void {
  const header = JSON.parse(new TextDecoder().decode(decodedBytes(part))) as Record<string, unknown>;
  const isKnown = Object.entries(HEADER).every(([name, value]) => header[name] === value);
  if (!isKnown || Object.keys(header).length !== Object.keys(HEADER).length)
    throw new Error('another kind of file');
}

async function decrypted(jwe: string, key: string): Promise<string> {
  const [header = '', encryptedKey, iv = '', ciphertext = '', tag = '', ...more] = jwe.trim().split('.');
  if (encryptedKey !== '' || more.length > 0) throw new Error('no compact JWE with a direct key');
  checkHeader(header);
  const aes = await crypto.subtle.importKey('raw', decodedBytes(key), 'AES-GCM', false, ['decrypt']);
  const algorithm = {
    name: 'AES-GCM',
    iv: decodedBytes(iv),
    additionalData: new TextEncoder().encode(header),
  };
  const sealed = new Uint8Array([...decodedBytes(ciphertext), ...decodedBytes(tag)]);
  return new TextDecoder().decode(await crypto.subtle.decrypt(algorithm, aes, sealed));
}

/** @returns the one resource of a type; undefined: there is none, or there are several */
function only(entries: Bundle['entry'], type: string): unknown {
  const found = entries.filter(({ resource }) => resource.resourceType === type);
  return found.length === 1 ? found[0]?.resource : undefined;
}

/** @throws Error when it is not a card that this key opens */
export async function openCardFile(jwe: string, key: string): Promise<CardResources> {
  const bundle = JSON.parse(await decrypted(jwe, key)) as Bundle;
  const coverage = only(bundle.entry, 'Coverage') as CardCoverage | undefined;
  const patient = only(bundle.entry, 'Patient') as CardPatient | undefined;
  const payer = only(bundle.entry, 'Organization') as CardPayer | undefined;
  const isCollection = bundle.resourceType === 'Bundle' && bundle.type === 'collection';
  if (!isCollection || !coverage || !patient) throw new Error('no card');
  return { coverage, patient, ...(payer && { payer }) };
}
