/** Which other claims of a member a claim is about (`ExplanationOfBenefit.related`). */
import { hasCode, type ToldConcept } from '../narrative/written/facts.ts';
import { parseReference, type Resource } from '../resource.ts';

interface Identifier {
  system?: string;
  value?: string;
}
/** Names the other claim by its number, or by a reference to the Claim that it answers. */
export interface Relation {
  relationship?: ToldConcept;
  reference?: Identifier;
  claim?: { reference?: string };
}
/** As much of a claim as says which one it is, and which others it is about. */
export interface RelatedClaim extends Resource {
  identifier?: Identifier[];
  claim?: { reference?: string };
  related?: Relation[];
}

/** It replaces the other one, or takes it back. */
export const isPrior = ({ relationship }: Relation): boolean => hasCode(relationship, 'prior');
/** The other one has replaced it (CARIN's code). */
export const isReplacedBy = ({ relationship }: Relation): boolean => hasCode(relationship, 'replacedby');
/** Both count. */
export const isAssociated = ({ relationship }: Relation): boolean => hasCode(relationship, 'associated');

const ofNumber = ({ system = '', value }: Identifier = {}): string[] =>
  value === undefined ? [] : [`${system}|${value}`];
function ofReference({ reference }: { reference?: string } = {}): string[] {
  const target = parseReference(reference);
  return target ? [`${target.type}/${target.id}`] : [];
}
const namesOf = ({ resourceType, id, identifier = [], claim }: RelatedClaim): string[] => [
  `${resourceType}/${id}`,
  ...ofReference(claim),
  ...identifier.flatMap(ofNumber),
];

/** @returns finds the claims that a relation of a claim names, without this claim itself */
export function finderIn<Each extends RelatedClaim>(claims: readonly Each[]) {
  const named = claims.flatMap((claim) => namesOf(claim).map((name) => ({ name, claim })));
  const byName = Map.groupBy(named, ({ name }) => name);
  return (of: Each, { reference, claim }: Relation): Each[] => {
    const found = [...ofNumber(reference), ...ofReference(claim)].flatMap((name) => byName.get(name) ?? []);
    return [...new Set(found.map((each) => each.claim))].filter((each) => each !== of);
  };
}
