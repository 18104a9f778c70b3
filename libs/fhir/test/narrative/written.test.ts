/** The narratives that an import writes: what they say, in both languages, and that nothing in them runs. */
import { describe, expect, it } from '@jest/globals';
import { withoutReferences } from '../../src/withholding/without-references.ts';
import { parseResource, type Resource, withCleanNarratives, withNarrative } from '../../src/index.ts';
import {
  saidOf as said,
  TOLD_ADJUDICATION as ADJUDICATION,
  TOLD_C4BB as C4BB,
  TOLD_CARC as CARC,
  toldClaim as claim,
  toldCode as code,
  toldTotal as total,
} from './told.ts';

const RARC = 'https://x12.org/codes/remittance-advice-remark-codes';

describe('of a claim', () => {
  it('says what, when, who, charged, paid, and what is owed and why', () => {
    const { en, es } = said(claim());
    expect(en).toBe(
      'Dental care (Dental check) on June 14, 2025, by Ivan Nguyen, for Selma Whitlow. Charged: $180.00. ' +
        'The plan paid $51.00. You owe $129.00: deductible $50.00, not covered $79.00. ' +
        'You can appeal. The plan’s letter says how, and by when.',
    );
    expect(es).toBe(
      'Atención dental (Dental check) el 14 de junio de 2025, de Ivan Nguyen, para Selma Whitlow. Cobrado: $180.00. ' +
        'El plan pagó $51.00. Usted debe $129.00: deducible $50.00, no cubierto $79.00. ' +
        'Usted puede apelar. La carta del plan dice cómo y hasta cuándo.',
    );
  });

  const denied = claim({ adjudication: [{ category: code(C4BB, 'x'), reason: code(CARC, '96') }] });

  it('says why the plan did not pay, and what can be done by when', () => {
    expect(said(denied, { appealDays: 180 }).en).toMatch(
      / Why not all was paid: The plan does not cover it\. You can appeal until December 20, 2025\. The plan’s letter says how\.$/,
    );
    expect(said(denied, { appealDays: 180 }).es).toMatch(
      / Usted puede apelar hasta el 20 de diciembre de 2025\./,
    );
  });

  it('names no date where the plan has not said how long a member may appeal', () => {
    expect(said(denied).en).toMatch(/ You can appeal\. The plan’s letter says how, and by when\.$/);
  });

  it('says that a provider was out of network', () => {
    const reason = code(CARC, '242');
    const { en, es } = said(claim({ adjudication: [{ category: code(C4BB, 'x'), reason }] }));
    expect(en).toContain('The provider is not in the network of the plan, so the plan pays less.');
    expect(es).toContain('El proveedor no está en la red del plan, por eso el plan paga menos.');
  });

  const DISCRIMINATOR = 'http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBAdjudicationDiscriminator';
  const adjusted = (reason: object, total: object[] = []) =>
    claim({ total, adjudication: [{ category: code(DISCRIMINATOR, 'adjustmentreason'), reason }] });

  it('says nothing of a contracted rate, which is no refusal, nor of a status', () => {
    expect(said(adjusted(code(CARC, '45'))).en).not.toMatch(/appeal|reason/);
    const status = { category: code(DISCRIMINATOR, 'billingnetworkstatus'), reason: { text: 'In network' } };
    expect(said(claim({ total: [], adjudication: [status] })).en).not.toMatch(/appeal|reason/);
  });

  it('gives the reason of the plan in its words, whichever code it has', () => {
    const { en, es } = said(adjusted({ ...code(CARC, 'B7'), text: 'No contract at that time' }));
    expect(en).toMatch(
      / Why not all was paid: The plan's reason: No contract at that time\. You can appeal\./,
    );
    expect(es).toMatch(/ La razón del plan: No contract at that time\. Usted puede apelar\./);
    const supplied = { coding: [{ system: CARC, code: 'B7', display: 'As the plan says it' }] };
    expect(said(adjusted(supplied)).en).toContain("The plan's reason: As the plan says it. You can appeal.");
  });

  it.each([
    [CARC, 'B7', 'claim adjustment reason', 'motivo de ajuste de la reclamación'],
    [RARC, 'N130', 'remittance advice remark', 'observación del aviso de pago'],
  ])('names the code and its kind, where neither has words: %s', (system, value, kind, kindEs) => {
    const { en, es } = said(adjusted(code(system, value)));
    expect(en).toContain(
      ` Why not all was paid: The plan's reason has the code ${value} (${kind}). The plan can say what it means. You can appeal.`,
    );
    expect(es).toContain(
      ` La razón del plan tiene el código ${value} (${kindEs}). El plan puede decir qué significa. Usted puede apelar.`,
    );
  });

  it('says that a member can appeal, where it is denied without a reason', () => {
    const payment = { type: code(C4BB, 'denied') };
    expect(said(claim({ total: [], payment })).en).toMatch(/ You can appeal\./);
  });

  it('says whether it was paid as in the network, unless its lines differ', () => {
    const paidAs = (...statuses: string[]) =>
      claim({
        item: statuses.map((status) => ({
          adjudication: [
            { category: code(DISCRIMINATOR, 'benefitpaymentstatus'), reason: code(C4BB, status) },
          ],
        })),
      });
    expect(said(paidAs('innetwork')).en).toContain('Whitlow. In the network of the plan. Charged');
    expect(said(paidAs('outofnetwork')).es).toContain('Whitlow. Fuera de la red del plan. Cobrado');
    expect(said(paidAs('innetwork', 'outofnetwork')).en).toContain('Whitlow. Charged');
  });

  const REPLACEDBY = 'http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBRelatedClaimRelationshipCodes';
  const related = (system: string, value: string) => ({ related: [{ relationship: code(system, value) }] });

  it('says no amount of a claim that does not count, and where the one is that does', () => {
    expect(said(claim({ status: 'cancelled' })).en).toMatch(/ for this care, what you owe stands there\.$/);
    const replaced = said(claim({ status: 'cancelled', ...related(REPLACEDBY, 'replacedby') }));
    expect(replaced.en).toMatch(/It does not count: what you owe stands in the other one\.$/);
    expect(replaced.es).toMatch(/No cuenta: lo que usted debe está en la otra\.$/);
    const prior = related('http://terminology.hl7.org/CodeSystem/ex-relatedclaimrelationship', 'prior');
    expect(said(claim(prior)).en).toContain('This claim replaces an earlier one. Charged: $180.00.');
  });

  it('says of a claim that waits nothing that is paid or owed, and of one decided in part that it can change', () => {
    expect(said(claim({ outcome: 'queued' })).en).toMatch(/yet what you owe\. Charged: \$180\.00\.$/);
    expect(said(claim({ outcome: 'queued' })).es).toMatch(/cuánto debe usted\. Cobrado: \$180\.00\.$/);
    expect(said(claim({ outcome: 'error' })).en).toContain('The plan could not process this claim.');
    const { en, es } = said(claim({ outcome: 'partial' }));
    expect(en).toContain('The rest still waits, so the amounts can change. Charged: $180.00. The plan paid');
    expect(es).toContain('las cantidades pueden cambiar. Cobrado: $180.00. El plan pagó');
    const nothing = claim({ outcome: 'partial', total: [total(C4BB, 'memberliability', 0)] });
    expect(said(nothing).en).toMatch(/ of what it paid .* It is not known yet what you owe\.$/);
    expect(said(nothing).es).toMatch(/ lo que pagó .* Todavía no se sabe cuánto debe usted\.$/);
  });

  const own = { focal: true, coverage: { reference: 'Coverage/c' } };
  const other = { focal: false, coverage: { display: 'Eastgate <Mutual>' } };

  it('says what another insurance paid before the plan', () => {
    const sums = [
      total(C4BB, 'priorpayerpaid', 60),
      total(ADJUDICATION, 'benefit', 20),
      total(C4BB, 'memberliability', 0),
    ];
    const { en, es } = said(claim({ insurance: [other, own, { coverage: { display: 'B' } }], total: sums }));
    expect(en).toMatch(
      /Your other insurance \(Eastgate &lt;Mutual&gt;\) paid \$60\.00\. The plan paid \$20\.00\. You owe nothing\.$/,
    );
    expect(es).toMatch(
      /Su otro seguro \(Eastgate &lt;Mutual&gt;\) pagó \$60\.00\. El plan pagó \$20\.00\. Usted no debe nada\.$/,
    );
  });

  it('says that an insurance which comes after the plan may pay a part of what is owed', () => {
    expect(said(claim({ insurance: [own, other] })).en).toMatch(/may pay a part of what you owe\./);
    expect(said(claim({ insurance: [other, own] })).en).not.toContain('other insurance');
  });

  it('says what the plan wrote about the claim as a whole, in the language of the reader', () => {
    const language = (value: string) => ({ coding: [{ system: 'urn:ietf:bcp:47', code: value }] });
    const processNote = [
      { number: 1, type: 'display', text: 'About a line.' },
      { number: 2, type: 'display', text: 'Decided after an appeal.', language: language('en-US') },
      { number: 3, type: 'display', text: 'Decidido después de una apelación.', language: language('es') },
    ];
    const item = [{ sequence: 1, productOrService: { text: 'Dental check' }, noteNumber: [1] }];
    const { en, es } = said(claim({ processNote, item }));
    expect(en).toMatch(/ The plan says: “Decided after an appeal\.”$/);
    expect(es).toMatch(/ El plan dice: “Decidido después de una apelación\.”$/);
  });

  it('reads decimals that have kept their digits, and says what is not there with no word', () => {
    const kept = parseResource('{"value":1.50,"currency":"USD"}');
    const { en } = said(
      claim({ total: [{ category: code(ADJUDICATION, 'submitted'), amount: kept }], item: [] }),
    );
    expect(en).toBe(
      'Dental care on June 14, 2025, by Ivan Nguyen, for Selma Whitlow. Charged: $1.50. ' +
        'The plan has sent no total of what it paid and of what you owe for this claim, so they are not known here.',
    );
  });
});

describe('of a coverage', () => {
  it('says which plan, since when, and what is paid out of pocket', () => {
    const cost = (value: string, amount: number) => ({
      type: code('http://terminology.hl7.org/CodeSystem/coverage-copay-type', value),
      valueMoney: { value: amount, currency: 'USD' },
    });
    const { en, es } = said({
      resourceType: 'Coverage',
      id: 'c',
      status: 'cancelled',
      beneficiary: { reference: 'Patient/p', display: 'Maria' },
      payor: [{ display: 'Northwind' }],
      period: { start: '2025-01-01', end: '2025-12' },
      class: [{ type: code('x', 'plan'), value: '1', name: 'PPO' }],
      costToBeneficiary: [
        cost('IndInDed', 500),
        cost('gpvisit', 20),
        { type: { text: 'Crowns' }, valueMoney: { value: 5, currency: 'USD' } },
      ],
    });
    expect(en).toBe(
      'Insurance: PPO, from Northwind, for Maria. It began on January 1, 2025. Its last day is 2025-12. It is not in force. ' +
        'You pay: deductible in network $500.00; primary care visit $20.00; Crowns $5.00.',
    );
    expect(es).toContain(
      'Usted paga: deducible dentro de la red $500.00; consulta de atención primaria $20.00; Crowns $5.00.',
    );
  });
});

describe('a narrative', () => {
  const hospital = { reference: 'Organization/o', display: 'Hidden Clinic' };
  const naming: Record<string, Resource> = {
    provider: claim({ item: undefined, insurer: hospital, provider: hospital, careTeam: undefined }),
    payor: { resourceType: 'Coverage', id: 'c', status: 'active', payor: [hospital, { display: 'Other' }] },
    'other insurance': claim({ insurance: [{ focal: true }, { coverage: hospital }] }),
  };
  it.each(Object.entries(naming))('goes with a %s that is withheld', (_name, resource) => {
    expect(JSON.stringify(withNarrative(resource, {})['text'])).toContain('Organization/o');
    const rest = withoutReferences(withNarrative(resource, {}), new Set(['Organization/o']), 'north') ?? {};
    expect(JSON.stringify(rest)).not.toContain('Hidden');
  });

  const first = { focal: true, coverage: { reference: 'Coverage/first' } };
  const second = { focal: false, coverage: { reference: 'Coverage/second' } };
  const plan = { type: code('x', 'plan'), value: 'InsurancePlan/ppo', name: 'PPO' };
  const telling: [string, string, Resource][] = [
    ['a second insurance without a name', 'Coverage/second', claim({ insurance: [first, second] })],
    ['the first insurance', 'Coverage/first', claim({ insurance: [first, second] })],
    ['a plan', 'InsurancePlan/ppo', { resourceType: 'Coverage', id: 'c', status: 'active', class: [plan] }],
  ];
  it.each(telling)('that an import wrote goes with %s that it tells of', (_name, hidden, resource) => {
    const whole = withNarrative(resource, { appealDays: 180 });
    const form = withoutReferences(whole, new Set([hidden]), 'north');
    expect([form === undefined, form?.['text']]).toEqual([false, undefined]);
  });

  it('that an import wrote stays with a form of which it is true', () => {
    const whole = withNarrative(claim({ referral: { reference: 'ServiceRequest/x' } }), { appealDays: 180 });
    const form = withoutReferences(whole, new Set(['ServiceRequest/x']), 'north');
    expect(form).toHaveProperty('text', whole['text']);
    expect(form).not.toHaveProperty('referral');
    const sent = { ...whole, text: { status: 'generated', div: '<div>Referred by Dr. Jones</div>' } };
    expect(withoutReferences(sent, new Set(['ServiceRequest/x']), 'north')).toEqual(
      claim({ text: undefined }),
    );
  });

  it('that an import wrote tells of no earlier claim that is withheld', () => {
    const related = [{ claim: { reference: 'ExplanationOfBenefit/x' }, relationship: code('x', 'prior') }];
    const whole = withNarrative(claim({ related }), {});
    expect(JSON.stringify(whole['text'])).toContain('This claim replaces an earlier one.');
    expect(withoutReferences(whole, new Set(['ExplanationOfBenefit/x']), 'north')).toEqual(claim({}));
  });

  it('that was sent stays, and other types get none', () => {
    const own = claim({
      text: { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">own</div>' },
    });
    expect(withNarrative(own, {})).toBe(own);
    const condition: Resource = { resourceType: 'Condition', id: 'c' };
    expect(withNarrative(condition, {})).toBe(condition);
  });

  it.each(['<script>alert(1)</script>', '"><img src=x onerror=y>', '&lt;b&gt; & ]]>', '</p></div><p>'])(
    'has names as text: %s',
    (display) => {
      const written = withNarrative(claim({ provider: { display } }), {});
      const { div } = written['text'] as { div: string };
      expect(div.match(/<[^>]*>/g)).toHaveLength(6);
      expect(withCleanNarratives(written)).toBe(written);
    },
  );
});
