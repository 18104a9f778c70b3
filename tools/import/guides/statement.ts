/** Reads a plan's CapabilityStatement, at the public address or inside the installation's network. */
import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { fhirBase } from '@patient-access/fhir';

/** Where the plans of an installation say what they offer. */
export interface InstallationAddress {
  /** scheme and host that clients see */
  publicUrl: string;
  /** where the gateway is reached from inside the installation's network; left out: at the public address */
  gatewayUrl?: string;
  /** whether it is the preview, which may be stopped */
  isPreview?: boolean;
}

/** What {@link fetchStatement} says where the installation has no such plan. */
export const NOT_FOUND = 'HTTP 404';

/** An ingress and a wrong host answer with 404, too. fhir-gateway alone says it with an OperationOutcome. */
function isOutcome({ headers }: IncomingMessage, body: string): boolean {
  if (!headers['content-type']?.startsWith('application/fhir+json')) return false;
  try {
    return (JSON.parse(body) as { resourceType?: unknown } | null)?.resourceType === 'OperationOutcome';
  } catch {
    return false;
  }
}

/** A cache on the way may still have what the plan had chosen before. */
const headers = { 'cache-control': 'no-cache' };
const LIMIT_MS = 10_000;

/** The gateway answers for its public host alone, and `fetch` lets nobody name a host. */
async function answerOf(address: URL, host: string): Promise<IncomingMessage> {
  // To load them takes a tenth of the start of a command, and most commands ask nobody.
  const { request } = await (address.protocol === 'https:' ? import('node:https') : import('node:http'));
  const signal = AbortSignal.timeout(LIMIT_MS);
  return new Promise((done, failed) => {
    request(address, { headers: { ...headers, host }, signal })
      .on('response', done)
      .on('error', failed)
      .end();
  });
}

/** @returns where a plan's statement is read */
export const statementAddress = (
  { publicUrl, gatewayUrl = publicUrl }: InstallationAddress,
  plan: string,
): string => `${fhirBase(gatewayUrl, plan)}/metadata`;

/** @returns the JSON of the plan's statement @throws Error also for a redirect */
export async function fetchStatement(installation: InstallationAddress, plan: string): Promise<unknown> {
  const { host } = new URL(installation.publicUrl);
  const answer = await answerOf(new URL(statementAddress(installation, plan)), host);
  const body = await text(answer);
  if (answer.statusCode === 404 && !isOutcome(answer, body))
    throw new Error(`${NOT_FOUND} without an OperationOutcome`);
  if (answer.statusCode !== 200) throw new Error(`HTTP ${answer.statusCode}`);
  return JSON.parse(body);
}
