/**
 * A server in place of coverage-service, as the contract has it, with the record of each member. The journey of the
 * insurance card shows that ours answers so, and what it records.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Asked {
  tenant: string;
  patient: string;
  scope: string;
  client_id: string;
}

const CARD = 'http://hl7.org/fhir/us/insurance-card/StructureDefinition/C4DIC-';
const LOGO =
  'iVBORw0KGgoAAAANSUhEUgAAADAAAAAwCAMAAABg3Am1AAAABlBMVEX///8LT2xqckImAAAAAnRSTlMA/1uRIrUAAABxSURBVHja7ZYxEsAgDMPQ/z/drRNQK8flGOo11gSxM8YB8cq5I4aJpH2DsJH1zwhwBDgCHAGSWEyWABlAGcAOLEAO0ANgAMKF/IFOIHy4Cz9fw8Y1pIYPMh+VOox93PtC8ZXlS9HXbqHYC6dD4Tj50gOViQUhxhmtcgAAAABJRU5ErkJggg==';
const coded = (code: string) => ({ coding: [{ code }] });

/** The coverage of a member, with what a card has. */
export const coverageOf = (patient: string, more: object = {}) => ({
  resourceType: 'Coverage',
  id: `coverage-of-${patient}`,
  meta: { versionId: '1' },
  extension: [
    {
      url: `${CARD}PlanBeneficiaries-extension`,
      extension: [
        { url: 'memberId', valueString: 'M-SOMEBODY-ELSE' },
        { url: 'name', valueHumanName: { family: 'Somebody', given: ['Else'] } },
      ],
    },
    {
      url: `${CARD}AdditionalCardInformation-extension`,
      valueAnnotation: { text: 'Call 911 <first>.\nKeep it.' },
    },
    {
      url: `${CARD}ColorPalette-extension`,
      extension: [
        { url: `${CARD}BackgroundColor-extension`, valueCodeableConcept: coded('#e8f1f5') },
        { url: `${CARD}HighlightColor-extension`, valueCodeableConcept: coded('red"/><script>') },
      ],
    },
    {
      url: `${CARD}Logo-extension`,
      extension: [
        { url: 'label', valueString: 'Northwind' },
        { url: 'image', valueAttachment: { contentType: 'image/png', data: LOGO } },
      ],
    },
  ],
  identifier: [{ type: coded('MB'), value: `M-${patient}` }],
  status: 'active',
  subscriber: { reference: 'Patient/somebody', display: 'Somebody Else' },
  subscriberId: 'S-1',
  beneficiary: { reference: `Patient/${patient}` },
  period: { start: '2024-01-01' },
  payor: [{ reference: 'Organization/payer', display: 'Northwind' }],
  class: [
    { type: coded('group'), value: 'G1', name: 'Harbor Logistics' },
    { type: coded('plan'), value: 'PPO35', name: 'PPO Choice 35' },
  ],
  costToBeneficiary: [
    { type: { text: 'Primary care visit' }, valueMoney: { value: 35, currency: 'USD' } },
    {
      type: { text: 'Coinsurance' },
      valueMoney: { extension: [{ url: `${CARD}BeneficiaryCostString-extension`, valueString: '20%' }] },
    },
  ],
  ...more,
});

const patientOf = (id: string, given: string) => ({
  resourceType: 'Patient',
  id,
  meta: { versionId: '1' },
  name: [
    { use: 'old', family: 'Former', given: [given] },
    { use: 'official', family: 'Former', given: [given], period: { end: '2015-06-30' } },
    { use: 'maiden', family: 'Former', given: [given] },
    { use: 'official', family: 'Castellan', given: [given] },
  ],
  birthDate: '1980-01-01',
  address: [{ line: ['1 Secret Street'] }],
});

const PAYER = {
  resourceType: 'Organization',
  id: 'payer',
  name: 'Northwind Health Plan',
  contact: [
    { purpose: { text: 'Member services' }, telecom: [{ system: 'phone', value: '(800) 555-0100' }] },
    {
      purpose: { text: 'Claims' },
      address: { line: ['1 Plan Plaza'], city: 'Seattle', state: 'WA', postalCode: '98101' },
    },
  ],
};

export class CardRecord {
  answers = true;
  /** happens before the next answer, once */
  before: (() => Promise<unknown>) | undefined;
  /** about whom an answer is, if not about whom it was asked */
  subject: string | undefined;
  readonly coverages = new Map<string, object[]>();
  readonly names = new Map([
    ['maria', 'Maria'],
    ['paul', 'Paul'],
    ['cora', 'Cora'],
    ['selma', 'Đặng'],
  ]);
  asked: Asked[] = [];
  private readonly server = createServer(async ({ headers, url = '' }, response) => {
    const { before } = this;
    this.before = undefined;
    await before?.();
    const [, payload = ''] = (headers.authorization ?? '').split('.');
    const jwt = Buffer.from(payload, 'base64url').toString();
    const claims = (JSON.parse(jwt) as { token_introspection: Asked }).token_introspection;
    this.asked.push(claims);
    const found = this.find(url, claims.patient);
    response.setHeader('x-request-id', String(headers['x-request-id']));
    response.setHeader('x-response-subject', this.subject ?? `${claims.tenant}/${claims.patient}`);
    response.writeHead(this.answers ? (found ? 200 : 404) : 503).end(JSON.stringify(found ?? {}));
  });

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.server.close();
  }

  private find(url: string, member: string): object | undefined {
    const [, type = '', id = ''] = /^\/northwind\/(\w+)(?:\/([\w.-]+))?/.exec(url) ?? [];
    if (type === 'Organization') return id === 'payer' ? PAYER : undefined;
    if (type === 'Patient') return id === member ? patientOf(id, this.names.get(id) ?? '') : undefined;
    if (type !== 'Coverage') return undefined;
    const own = this.coverages.get(member) ?? [];
    if (id) return own.find((each) => (each as { id: string }).id === id);
    const count = Number(new URLSearchParams(url.split('?')[1]).get('_count') ?? 50);
    return { resourceType: 'Bundle', entry: own.slice(0, count).map((resource) => ({ resource })) };
  }
}
