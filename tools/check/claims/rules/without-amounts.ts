/** Rules about claims without amounts, for which CARIN Blue Button has profiles since 2.2.0 (`…-Basis`). */
import { profilesOf } from '../../conformance/supported.ts';
import type { Claim } from '../claim.ts';
import { type ClaimRule, ofEachClaim } from '../rule.ts';

const BASIS_PROFILE = /-Basis$/;

const isBasis = (claim: Claim): boolean => profilesOf(claim).some((url) => BASIS_PROFILE.test(url));

/** @returns each part of a claim that says a sum */
function sumsIn({ item, adjudication = [], total, payment, benefitBalance }: Claim): string[] {
  const entries = [...adjudication, ...item.flatMap((line) => line.adjudication ?? [])];
  const parts = {
    total,
    payment,
    benefitBalance,
    adjudication: entries.find(({ amount }) => amount),
    net: item.find(({ net }) => net),
  };
  return Object.entries(parts).flatMap(([name, part]) => (part ? [name] : []));
}

function amountProblem(claim: Claim): string | false {
  if (!isBasis(claim)) return !claim.total && 'it has no total, and names no profile without amounts';
  const said = sumsIn(claim);
  return said.length > 0 && `it names a profile without amounts, and has ${said.join(', ')}`;
}

/** A sum, or that there is none, in either language. */
const SUM = /\$\s?\d|You owe nothing|no debe nada/;

function narrativeProblem(claim: Claim): string | false {
  if (!isBasis(claim)) return false;
  const words = claim.text?.div ?? '';
  if (SUM.test(words)) return 'members read a sum of which the claim says nothing';
  const isSaid = /not known/.test(words) && /no se (sabe|conocen?)/.test(words);
  return !isSaid && 'members do not read that the amounts are not known';
}

const NOT_KNOWN = '<div><p>It is not known what you owe.</p><p>Aquí no se sabe cuánto debe usted.</p></div>';

/** @returns the claim as if the plan had sent it without amounts */
function withoutAmounts(claim: Claim, div = NOT_KNOWN): Claim {
  const {
    total: _total,
    payment: _payment,
    benefitBalance: _balance,
    adjudication: _header,
    ...rest
  } = claim;
  return {
    ...rest,
    meta: { profile: profilesOf(claim).map((url) => `${url}-Basis|2.2.0`) },
    item: claim.item.map(({ net: _net, adjudication: _adjudication, ...line }) => line),
    text: { div },
  };
}

const NOTHING = { category: { coding: [{ code: 'benefit' }] }, amount: { value: 0 } };

export const WITHOUT_AMOUNTS_RULES: readonly ClaimRule[] = [
  {
    name: 'a claim has a total, or names a profile for claims without amounts and has none',
    contradictions: ofEachClaim(amountProblem),
    faults: [
      {
        what: 'the amounts are lost, and the profile asks for them',
        plant: (claim) => [{ ...withoutAmounts(claim), meta: { profile: ['http://plan.example/claim'] } }],
      },
      {
        what: 'a total of nothing',
        plant: (claim) => [{ ...withoutAmounts(claim), total: [NOTHING] }],
      },
      {
        what: 'a line of which nothing is paid',
        plant: (claim) => {
          const bare = withoutAmounts(claim);
          return [{ ...bare, item: bare.item.map((line) => ({ ...line, adjudication: [NOTHING] })) }];
        },
      },
    ],
  },
  {
    name: 'of a claim without amounts members read that they are not known',
    contradictions: ofEachClaim(narrativeProblem),
    faults: [
      {
        what: 'they read that nothing was paid',
        plant: (claim) => [withoutAmounts(claim, `${NOT_KNOWN} The plan paid $0.00.`)],
      },
      {
        what: 'they read nothing of amounts',
        plant: (claim) => [withoutAmounts(claim, '<div><p>Care.</p></div>')],
      },
    ],
  },
];
