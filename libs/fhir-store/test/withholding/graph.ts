/**
 * Resources of every type, each with one reference in one of its elements, and the same resources without the
 * reference.
 */
import { definitions, type Resource, resourceShape, type Shape } from '@patient-access/fhir';

type Json = Record<string, unknown>;
type Rule = Shape['elements'] extends Map<string, infer Each> ? Each : never;

const SAMPLES: Record<string, unknown> = {
  boolean: true,
  integer: 1,
  positiveInt: 1,
  unsignedInt: 1,
  decimal: 1,
  uri: 'urn:x:y',
  url: 'https://e.example/x',
  canonical: 'https://e.example/x',
  oid: 'urn:oid:1.2',
  uuid: 'urn:uuid:c757873d-ec9a-4326-a141-556f43239520',
  date: '2026-01-01',
  dateTime: '2026-01-01',
  instant: '2026-01-01T00:00:00Z',
  time: '10:00:00',
  base64Binary: 'eA==',
  xhtml: '<div xmlns="http://www.w3.org/1999/xhtml">x</div>',
  Reference: { display: 'somebody' },
  CodeableConcept: { text: 'x' },
  Identifier: { value: 'x' },
  Coding: { code: 'x' },
  Period: { start: '2026-01-01' },
  Quantity: { value: 1 },
  Money: { value: 1 },
};

/** A value for an element that is not a list and cannot contain a reference. */
function sample(rule: Rule): unknown {
  if (rule.type in SAMPLES) return SAMPLES[rule.type];
  const shape = rule.shape?.();
  if (!shape) return 'x';
  const made = minimal(shape);
  if (Object.keys(made).length > 0) return made;
  const [name = '', first] = [...shape.elements].find(([each, { test }]) => test && each !== 'id') ?? [];
  return first ? { [name]: asDeclared(first, sample(first)) } : {};
}

const asDeclared = ({ isList }: Rule, value: unknown) => (isList ? [value] : value);

/** Makes the required elements and nothing else. */
function minimal(shape: Shape): Json {
  const made: Json = {};
  for (const [bit] of shape.names) {
    if ((shape.required & bit) === 0) continue;
    const having = [...shape.elements].filter(([, rule]) => rule.bit === bit);
    const [name, rule] = having.find(([, each]) => each.test) ?? having[0] ?? [];
    if (name !== undefined && rule) made[name] = asDeclared(rule, sample(rule));
  }
  return made;
}

/** Datatypes that hold references and stand in many places. Testing one place is enough for these. */
const ONCE = ['Identifier', 'Extension', 'Annotation', 'Signature', 'DataRequirement', 'UsageContext'];
const MAX_LENGTH = 4;

interface Searching {
  shape: Shape;
  path: string[];
  once: Set<string>;
}

/** Paths of the elements of a type in which a reference, or the address of a document, can stand. */
function* pathsIn({ shape, path, once }: Searching): Generator<string[]> {
  if (path.length === MAX_LENGTH) return;
  for (const [name, rule] of shape.elements) {
    if (['contained', 'meta', 'text', 'modifierExtension'].includes(name)) continue;
    if (rule.type === 'Reference') yield [...path, name];
    else if (rule.type === 'Attachment') yield [...path, name, 'url'];
    else if (rule.shape && !rule.type.startsWith('#') && once.has(rule.type)) continue;
    else if (rule.shape) {
      if (ONCE.includes(rule.type)) once.add(rule.type);
      yield* pathsIn({ shape: rule.shape(), path: [...path, name], once });
    }
  }
}

const shapeOfType = (type: string): Shape => resourceShape(type) as Shape;

export const referencePaths = (type: string): string[][] => {
  const once = new Set(['Reference', 'Meta', 'Narrative']);
  return [...pathsIn({ shape: shapeOfType(type), path: [], once })];
};

interface Placing {
  shape: Shape;
  /** the path of the element, in place of what is there */
  path: readonly string[];
  targets: readonly string[];
}

/** Puts a reference, or an address, into the element; one for each target if the element is a list. */
function place(value: Json, { shape, path: [name = '', ...rest], targets }: Placing): Json {
  const rule = shape.elements.get(name) as Rule;
  const made: Json = { ...value };
  // A choice element may have only one of its types.
  for (const [other, { bit }] of shape.elements) if (rule.choice && bit === rule.bit) delete made[other];
  const [first = ''] = targets;
  if (rest.length > 0) {
    const inner = rule.shape?.() as Shape;
    const there = made[name] as Json | Json[] | undefined;
    const bare = Array.isArray(there) ? undefined : there;
    const below = place(
      { ...minimal(inner), ...named(name), ...bare },
      { shape: inner, path: rest, targets },
    );
    return { ...made, [name]: Array.isArray(there) ? [...there, below] : asDeclared(rule, below) };
  }
  if (rule.type !== 'Reference') return { ...made, [name]: first };
  const references = targets.map((reference) => ({ reference, display: `about ${reference}` }));
  return { ...made, [name]: rule.isList ? references : references[0] };
}

const named = (name: string) => (name === 'extension' ? { url: 'https://e.example/about' } : {});

const isEmpty = (value: Json) =>
  Object.keys(value).every((name) => ['id', 'url', 'resourceType'].includes(name));

/** Elements without which their entry is about nothing. */
const ABOUT = new RegExp(
  [
    String.raw`(?:Claim|ExplanationOfBenefit)\.(?:payee\.party|related\.claim|supportingInfo\.value\[x\])`,
    String.raw`(?:Appointment|CareTeam|Encounter)\.participant\.(?:actor|member|individual)`,
    String.raw`CarePlan\.activity\.reference|ClinicalImpression\.finding\.itemReference|Composition\.attester\.party`,
    String.raw`DocumentManifest\.related\.ref|Immunization\.reaction\.detail|SupplyDelivery\.suppliedItem\.item\[x\]`,
    String.raw`(?:Condition|DetectedIssue)\.evidence\.detail|Composition\.(?:event\.detail|section\.focus)`,
    String.raw`ClinicalImpression\.investigation\.item|RequestGroup\.action\.resource|RelatedArtifact\.(?:document|resource)`,
    String.raw`Contract\.term\.(?:topic\[x\]|asset\.(?:context\.reference|valuedItem\.entity\[x\]))`,
    String.raw`PaymentReconciliation\.detail\.(?:request|response)|QuestionnaireResponse\.item\.answer\.value\[x\]`,
    String.raw`MedicationKnowledge\.monograph\.source|VerificationResult\.(?:attestation|primarySource)\.who`,
  ].join('|'),
);

/** R4, cmp-1 */
const isSection = (value: Json) => ['text', 'entry', 'section'].some((name) => name in value);

/** The resource as it would be if the target had never existed. @returns undefined when it would not exist itself */
function unplaced(
  value: Json,
  { shape, path: [name = '', ...rest], targets: [gone = ''] }: Placing,
): Json | undefined {
  const rule = shape.elements.get(name) as Rule;
  const found = value[name];
  if (found === undefined) return value;
  const items = (Array.isArray(found) ? found : [found]) as Json[];
  const left = items.flatMap((item) => {
    // An attachment without its address is removed.
    if (rest.length === 0 || (rule.type === 'Attachment' && item['url'] === gone))
      return item['reference'] === gone || item['url'] === gone ? [] : [item];
    return unplaced(item, { shape: rule.shape?.() as Shape, path: rest, targets: [gone] }) ?? [];
  });
  const kept = name === 'section' ? (left as Json[]).filter(isSection) : left;
  if (kept.length > 0) return { ...value, [name]: rule.isList ? kept : kept[0] };
  if ((shape.required & rule.bit) !== 0 || ABOUT.test(rule.path)) return undefined;
  const { [name]: _gone, ...others } = value;
  return isEmpty(others) ? undefined : others;
}

const NARRATIVE = { status: 'additional', div: '<div xmlns="http://www.w3.org/1999/xhtml">told</div>' };

export interface Pair {
  /** refers to a withheld resource */
  with: Resource;
  /** the same as if that had never existed; undefined where this resource would not exist */
  without: Resource | undefined;
}

function membership(type: string, resource: Resource, patient: string): Resource {
  const member = definitions.get(type)?.membership;
  if (member?.by !== 'element' || member.path === 'id') return resource;
  const targets = [`Patient/${patient}`];
  return place(resource, { shape: shapeOfType(type), path: member.path.split('.'), targets }) as Resource;
}

/** A resource of a member with its required elements only. */
export function plain(type: string, id: string, patient: string, meta?: object): Resource {
  const made = { resourceType: type, id, ...(meta && { meta }), ...minimal(shapeOfType(type)) } as Resource;
  return membership(type, made, patient);
}

interface Referring {
  id: string;
  patient: string;
  hidden: string;
  visible: string;
  /** the resource whose member this type shares, if the type belongs to the member of what it refers to */
  owner: string;
}

/** A resource that refers to a withheld resource, and to a visible one where there is room. */
export function pairOf(type: string, path: readonly string[], of: Referring): Pair {
  const { id, patient, hidden, visible, owner } = of;
  const member = definitions.get(type)?.membership;
  const shape = shapeOfType(type);
  const bare = plain(type, id, patient);
  const isOwn = member?.by === 'reference' && member.path === path.join('.');
  const owned =
    member?.by === 'reference' && !isOwn
      ? (place(bare, { shape, path: member.path.split('.'), targets: [owner] }) as Resource)
      : bare;
  const referring = place(owned, { shape, path, targets: [hidden, visible] }) as Resource;
  const rest = unplaced(referring, { shape, path, targets: [hidden] }) as Resource | undefined;
  // Somebody's narrative may tell of what is withheld in any words.
  const told = shape.elements.has('text') ? { ...referring, text: NARRATIVE } : referring;
  // A resource without any reference to a member's resource could not have been stored.
  const isLost = isOwn && rest !== undefined && !JSON.stringify(rest).includes(visible);
  return { with: told, without: isLost ? undefined : rest };
}
