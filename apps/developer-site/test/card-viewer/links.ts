/**
 * A server in place of the API, as the contract has it, with links to one card. The journey of the insurance card opens a
 * real one.
 */
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CompactEncrypt } from 'jose';

const CARD = 'http://hl7.org/fhir/us/insurance-card/StructureDefinition/C4DIC-';
const LOGO =
  'iVBORw0KGgoAAAANSUhEUgAAADAAAAAwCAMAAABg3Am1AAAABlBMVEX///8LT2xqckImAAAAAnRSTlMA/1uRIrUAAABxSURBVHja7ZYxEsAgDMPQ/z/drRNQK8flGOo11gSxM8YB8cq5I4aJpH2DsJH1zwhwBDgCHAGSWEyWABlAGcAOLEAO0ANgAMKF/IFOIHy4Cz9fw8Y1pIYPMh+VOox93PtC8ZXlS9HXbqHYC6dD4Tj50gOViQUhxhmtcgAAAABJRU5ErkJggg==';
const coded = (code: string) => ({ coding: [{ code }] });

export const COVERAGE = {
  resourceType: 'Coverage',
  id: 'coverage',
  status: 'active',
  extension: [
    { url: `${CARD}AdditionalCardInformation-extension`, valueAnnotation: { text: 'Call 911 <first>.' } },
    {
      url: `${CARD}Logo-extension`,
      extension: [{ url: 'image', valueAttachment: { contentType: 'image/png', data: LOGO } }],
    },
  ],
  identifier: [{ type: coded('MB'), value: 'NW-4711' }],
  period: { start: '2026-01-01' },
  class: [
    { type: coded('group'), value: 'G1', name: 'Harbor Logistics' },
    { type: coded('plan'), value: 'PPO35', name: 'PPO Choice 35' },
    { type: coded('rxbin'), value: '610011' },
  ],
  costToBeneficiary: [{ type: { text: 'Primary care visit' }, valueMoney: { value: 35, currency: 'USD' } }],
};
const PATIENT = {
  resourceType: 'Patient',
  id: 'maria',
  name: [{ family: 'Castellan', given: ['Maria <script>'] }],
};
const PAYER = {
  resourceType: 'Organization',
  id: 'payer',
  name: 'Northwind Health Plan',
  contact: [
    { purpose: { text: 'Member services' }, telecom: [{ system: 'phone', value: '(800) 555-0100' }] },
  ],
};

/** @param resources of the card, and whatever else */
export const linkedBundle = (...resources: object[]) => ({
  resourceType: 'Bundle',
  type: 'collection',
  timestamp: '2026-11-27T10:00:00Z',
  entry: resources.map((resource) => ({ resource })),
});
const CARD_BUNDLE = linkedBundle(COVERAGE, PATIENT, PAYER);

interface Kept {
  jwe: string;
  passcode: string;
  remaining: number;
  ended: boolean;
}

interface LinkChoices {
  passcode?: string;
  content?: object;
  header?: { alg: string; enc: string; [name: string]: unknown };
  /** what the link says otherwise */
  says?: object;
}

export class Links {
  /** what was asked, without preflights */
  readonly asked: { method: string; url: string; body: string; headers: IncomingMessage['headers'] }[] = [];
  /** what is answered whatever is asked */
  busy = false;
  private readonly kept = new Map<string, Kept>();
  private readonly server = createServer((request, response) => void this.answer(request, response));
  url = '';

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.server.close();
  }

  /** @returns what stands behind `#` */
  async make({ passcode = '', content = CARD_BUNDLE, header, says }: LinkChoices = {}): Promise<string> {
    const [key, token] = [randomBytes(32), randomBytes(32).toString('base64url')];
    const jwe = await new CompactEncrypt(Buffer.from(JSON.stringify(content)))
      .setProtectedHeader(header ?? { alg: 'dir', enc: 'A256GCM', cty: 'application/fhir+json' })
      .encrypt(key);
    this.kept.set(token, { jwe, passcode, remaining: 10, ended: false });
    const payload = {
      url: `${this.url}/auth/northwind/card-link/${token}`,
      key: key.toString('base64url'),
      exp: 2_000_000_000,
      flag: passcode === '' ? 'U' : 'P',
      label: 'Insurance card',
      v: 1,
      ...says,
    };
    return `shlink:/${Buffer.from(JSON.stringify(payload)).toString('base64url')}`;
  }

  endAll(): void {
    for (const link of this.kept.values()) link.ended = true;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '', headers } = request;
    const allowed = { 'access-control-allow-origin': '*', 'access-control-allow-headers': 'Content-Type' };
    if (method === 'OPTIONS') return void response.writeHead(204, allowed).end();
    const body = (await request.toArray()).join('');
    this.asked.push({ method, url, body, headers });
    const [status, content] = this.busy ? [503, ''] : this.opened(method, url, body);
    response.writeHead(status, allowed).end(content);
  }

  private opened(method: string, url: string, body: string): [number, string] {
    const { pathname } = new URL(url, this.url);
    const link = this.kept.get(pathname.split('/').at(-1) ?? '');
    if (!link || link.ended) return [404, '{}'];
    if (method === 'GET') return link.passcode === '' ? [200, link.jwe] : [404, '{}'];
    const { passcode } = JSON.parse(body) as { passcode: string };
    if (passcode !== link.passcode)
      return [401, JSON.stringify({ remainingAttempts: (link.remaining -= 1) })];
    return [200, JSON.stringify({ files: [{ contentType: 'application/fhir+json', embedded: link.jwe }] })];
  }
}
