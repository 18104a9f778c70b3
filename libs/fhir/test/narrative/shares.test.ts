/** What narratives say of how the plan and the member share a claim, and of what the plan has not said. */
import { describe, expect, it } from '@jest/globals';
import {
  saidOf as said,
  TOLD_ADJUDICATION as ADJUDICATION,
  TOLD_C4BB as C4BB,
  toldClaim as claim,
  toldCode as code,
  toldTotal as total,
} from './told.ts';

describe('of a claim', () => {
  const NOT_SAID =
    'The plan has sent no total of what it paid and of what you owe for this claim, so they are not known here.';

  it('says of a claim without amounts that they are not known, and names no sum', () => {
    const line = { sequence: 1, productOrService: { text: 'Dental check' } };
    const basis = { ...claim({ item: [line] }), total: undefined };
    expect(said(basis).en).toBe(
      `Dental care (Dental check) on June 14, 2025, by Ivan Nguyen, for Selma Whitlow. ${NOT_SAID}`,
    );
    expect(said(basis).es).toMatch(/El plan no ha enviado el total .* por eso aquí no se conocen\.$/);
    for (const div of [said(basis).div, said({ ...basis, total: [] }).div]) expect(div).not.toContain('$');
    const net = { value: 20, currency: 'USD' };
    const adjudication = [{ category: code(ADJUDICATION, 'benefit'), amount: net }];
    for (const item of [{ net }, { adjudication }])
      expect(said({ ...basis, item: [{ ...line, ...item }] }).en).toContain(NOT_SAID);
    for (const outcome of ['queued', 'error'])
      expect(said({ ...basis, outcome }).en).not.toContain('no total');
    const inPart = said({ ...basis, outcome: 'partial' });
    expect(inPart.en).toContain(NOT_SAID.replace('no total', 'no total so far'));
    expect(inPart.es).toMatch(/El plan no ha enviado hasta ahora el total .* aquí no se conocen\.$/);
  });

  it('says of a claim with the charge alone that the rest is not known, or what was paid', () => {
    const charge = total(ADJUDICATION, 'submitted', 200);
    const { en, es } = said(claim({ total: [charge] }));
    expect(en).toContain(` Charged: $200.00. ${NOT_SAID}`);
    expect(es).toMatch(/ Cobrado: \$200\.00\. El plan no ha enviado el total .* aquí no se conocen\.$/);
    const owesNothing = [charge, total(C4BB, 'memberliability', 0)];
    const owes = said(claim({ total: owesNothing }));
    expect(owes.en).toContain(
      ' Charged: $200.00. The plan has sent no total of what it paid for this claim, so that is not known here. You owe nothing.',
    );
    expect(owes.es).toMatch(
      / El plan no ha enviado el total de lo que pagó .* aquí no se conoce\. Usted no debe nada\.$/,
    );
    for (const more of [{ status: 'cancelled' }, { outcome: 'queued' }, { outcome: 'error' }])
      expect(said(claim({ total: [charge], ...more })).en).not.toContain('no total');
  });

  const OWED_NOT_SAID =
    'The plan has sent no total of what you owe for this claim, so that is not known here.';
  const [toProvider, toPatient] = ['paidtoprovider', 'paidtopatient'];

  it.each([
    ['benefit', [total(ADJUDICATION, 'benefit', 20)], {}, 'The plan paid $20.00.', 'El plan pagó $20.00.'],
    [
      'paidtoprovider',
      [total(C4BB, toProvider, 20), total(C4BB, toPatient, 0)],
      {},
      'The plan paid the provider $20.00.',
      'El plan pagó al proveedor $20.00.',
    ],
    [
      'both of those who are paid',
      [total(C4BB, toPatient, 5), total(C4BB, toProvider, 20)],
      {},
      'The plan paid the provider $20.00. The plan paid you $5.00.',
      'El plan pagó al proveedor $20.00. El plan le pagó a usted $5.00.',
    ],
    [
      'nothing to both',
      [total(C4BB, toPatient, 0), total(C4BB, toProvider, 0)],
      { amount: { value: 90, currency: 'USD' } },
      'The plan paid $0.00.',
      'El plan pagó $0.00.',
    ],
    [
      'nothing to the member, and a payment',
      [total(C4BB, toPatient, 0)],
      { amount: { value: 20, currency: 'USD' } },
      'The plan paid $20.00.',
      'El plan pagó $20.00.',
    ],
    [
      'the payment alone',
      undefined,
      { amount: { value: 20, currency: 'USD' } },
      'The plan paid $20.00.',
      'El plan pagó $20.00.',
    ],
    [
      'a payment for several claims',
      [total(ADJUDICATION, 'benefit', 20)],
      { amount: { value: 90, currency: 'USD' } },
      'The plan paid $20.00.',
      'El plan pagó $20.00.',
    ],
  ])('says what the plan paid where it says not what is owed: %s', (_what, sums, payment, en, es) => {
    const told = said({ ...claim({ payment }), total: sums });
    expect(told.en).toMatch(new RegExp(`Whitlow\\. ${en.replace(/[$.]/g, '\\$&')} ${OWED_NOT_SAID}$`));
    expect(told.es).toContain(` ${es} El plan no ha enviado el total de lo que usted debe `);
    const inPart = said({ ...claim({ payment, outcome: 'partial' }), total: sums });
    expect(inPart.en).toContain(`${en} ${OWED_NOT_SAID.replace('no total', 'no total so far')}`);
    expect(inPart.es).toContain(`${es} El plan no ha enviado hasta ahora el total de lo que usted debe `);
    expect(said({ ...claim({ payment, outcome: 'queued' }), total: sums }).en).not.toContain('paid');
  });

  it.each([toProvider, toPatient])('does not say that nothing was paid where only %s is nothing', (one) => {
    const { en, div } = said(claim({ total: [total(C4BB, one, 0)] }));
    expect(en).toContain(NOT_SAID);
    expect(div).not.toContain('$0.00');
  });

  it('says that nothing is owed only where the plan lists no part of the member', () => {
    const sums = (copay: number) => [
      total(ADJUDICATION, 'deductible', 0),
      total(ADJUDICATION, 'copay', copay),
      total(C4BB, 'noncovered', 79),
      total(ADJUDICATION, 'benefit', 1393.57),
      total(C4BB, 'memberliability', 0),
    ];
    expect(said(claim({ total: sums(0) })).en).toContain(' You owe nothing.');
    for (const outcome of ['complete', 'partial']) {
      const { en, es } = said(claim({ total: sums(120), outcome }));
      expect(en).toContain(
        '57. The plan lists as your part: copay $120.00. Its total of what you owe is $0.00. If you get a bill, call the plan before you pay.',
      );
      expect(es).toContain(
        '57. El plan indica como su parte: copago $120.00. Su total de lo que usted debe es $0.00. Si recibe una factura, llame al plan antes de pagar.',
      );
      expect(en).not.toMatch(/You owe nothing|not known/);
    }
  });
});
