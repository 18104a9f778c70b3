/**
 * A plan's list of sensitive codes, and the labels (`meta.security`) that it gives to resources with these codes.
 * They may be codes of a diagnosis, procedure, drug or test, anywhere in the resource.
 */
import { eachObject } from './each-object.ts';
import { type ListedSystem, listedSystem } from './listed-codes.ts';
import type { Resource } from './resource.ts';
import {
  isConfidentiality,
  type SecurityCoding,
  OF_CONTAINED,
  OF_LIST,
  securityCodingsOf,
  SENSITIVE_CATEGORIES,
  type SensitiveCategory,
  standsAlone,
} from './sensitivity.ts';

/** The codes of one category. It is a category that members know, or one of the plan's own with its own label. */
interface SensitiveRule {
  category?: SensitiveCategory;
  /** instead of a category: `system|code`, as it will stand in `meta.security` */
  label?: string;
  /**
   * by code system, under any of its names (`*` for any system): codes, or beginnings of codes followed by `*`, in any of
   * the ways to write them (listed-codes.ts)
   */
  codes: Readonly<Record<string, readonly string[]>>;
}

export type SensitiveCodes = readonly SensitiveRule[];

/**
 * The label of each category, where the list names none. It says what the data is about, and not which law protects
 * it.
 */
const LABEL_OF: Readonly<Record<SensitiveCategory, string>> = {
  'substance-use': 'SUD',
  'mental-health': 'MH',
  'sexual-health': 'SEX',
  genetics: 'GDIS',
  violence: 'SDV',
  restricted: 'R',
};

function labelOf({ category, label }: SensitiveRule): string {
  if (label !== undefined || category === undefined) return label ?? '';
  return SENSITIVE_CATEGORIES[category].find((each) => each.endsWith(`|${LABEL_OF[category]}`)) ?? '';
}

/** How many labels a list gives, and how many codes and beginnings of codes it has for them. */
export const sizeOfList = (rules: SensitiveCodes): { labels: number; codes: number } => ({
  labels: new Set(rules.map(labelOf)).size,
  codes: rules.flatMap(({ codes }) => Object.values(codes).flat()).length,
});

const ANY_SYSTEM = '*';

const LABELS_AND_TAGS = 'meta';
const CONTAINED = 'contained';

interface Codes {
  exact: Map<string, string[]>;
  /** prefixes by their length */
  prefixes: Map<number, Map<string, string[]>>;
}

function addTo(map: Map<string, string[]>, code: string, label: string): void {
  map.set(code, [...(map.get(code) ?? []), label]);
}

function enter({ exact, prefixes }: Codes, system: ListedSystem, entry: string, label: string): void {
  if (!entry.endsWith('*')) return system.forms(entry).forEach((form) => addTo(exact, form, label));
  for (const prefix of system.beginnings(entry.slice(0, -1))) {
    const ofLength = prefixes.get(prefix.length) ?? new Map<string, string[]>();
    prefixes.set(prefix.length, ofLength);
    addTo(ofLength, prefix, label);
  }
}

function* labelsIn({ exact, prefixes }: Codes, forms: readonly string[]): Generator<string> {
  for (const form of forms) {
    yield* exact.get(form) ?? [];
    for (const [length, labels] of prefixes) yield* labels.get(form.slice(0, length)) ?? [];
  }
}

/** The codes that a list has for a system, and how codes of that system are written. */
interface SystemInList {
  codes: readonly Codes[];
  forms: ListedSystem['forms'];
}

/** Files name few systems. This many names are remembered; then the memory begins anew. */
const REMEMBERED = 1_000;

/** @returns a function that returns what the list has for a system, or for no system */
function systemsInList(rules: SensitiveCodes): (name: unknown) => SystemInList {
  const byKey = new Map<string, Codes>();
  for (const rule of rules) {
    for (const [name, entries] of Object.entries(rule.codes)) {
      const system = listedSystem(name);
      const codes = byKey.get(system.key) ?? { exact: new Map(), prefixes: new Map() };
      byKey.set(system.key, codes);
      for (const entry of entries) enter(codes, system, entry, labelOf(rule));
    }
  }
  const anywhere = byKey.get(ANY_SYSTEM);
  const byName = new Map<string, SystemInList>();
  return (name) => {
    const named = typeof name === 'string' ? name : '';
    let found = byName.get(named);
    if (!found) {
      const { key, forms } = listedSystem(named);
      const own = key === ANY_SYSTEM ? undefined : byKey.get(key);
      found = { codes: [own, anywhere].filter((codes) => codes !== undefined), forms };
      if (byName.size >= REMEMBERED) byName.clear();
      byName.set(named, found);
    }
    return found;
  };
}

/** What the list gives to a resource. */
export interface ListLabels {
  /** `system|code`, sorted */
  labels: readonly string[];
  /** those of them whose codes are only in what the resource contains */
  ofContained: readonly string[];
}

/** @returns a function that returns the labels of a resource */
export function labeller(rules: SensitiveCodes): (resource: Resource) => ListLabels {
  const inList = systemsInList(rules);
  const found = new Set<string>();
  const note = ({ system, code }: Readonly<Record<string, unknown>>): void => {
    if (typeof code !== 'string') return;
    const { codes, forms } = inList(system);
    if (codes.length === 0) return;
    const written = forms(code);
    for (const each of codes) for (const label of labelsIn(each, written)) found.add(label);
  };
  return (resource) => {
    found.clear();
    note(resource);
    for (const name in resource)
      if (name !== LABELS_AND_TAGS && name !== CONTAINED) eachObject(resource[name], note);
    const own = new Set(found);
    eachObject(resource[CONTAINED], note);
    const labels = [...found].sort();
    return { labels, ofContained: labels.filter((label) => !own.has(label)) };
  };
}

const codingOf = (label: string): SecurityCoding => {
  const at = label.lastIndexOf('|');
  return { system: label.slice(0, at), code: label.slice(at + 1) };
};

/** The label, with an id if it is of what the resource contains, or says how strict: ids differ within a resource. */
function listCoding(label: string, ofContained: readonly string[]): SecurityCoding {
  const at = ofContained.indexOf(label);
  const coding = codingOf(label);
  if (at >= 0) return { id: `${OF_CONTAINED}${at + 1}`, ...coding };
  return { ...(isConfidentiality(label) && { id: `${OF_LIST}${coding.code}` }), ...coding };
}

const labelOfCoding = ({ system = '', code = '' }: SecurityCoding) => `${system}|${code}`;

/** @returns the resource with these labels, and those of them that it did not have before */
export function withLabels(
  resource: Resource,
  { labels, ofContained }: ListLabels,
): { resource: Resource; added: string[] } {
  const security = securityCodingsOf(resource);
  // The sender's “restricted” may be explained by another label, and that of the list may not.
  const has = new Set(
    security
      .filter((coding) => standsAlone(coding) || !isConfidentiality(labelOfCoding(coding)))
      .map(labelOfCoding),
  );
  const added = labels.filter((label) => !has.has(label));
  if (added.length === 0) return { resource, added };
  const meta = {
    ...resource.meta,
    security: [...security, ...added.map((label) => listCoding(label, ofContained))],
  };
  return { resource: { ...resource, meta }, added };
}

/** @returns the resource without the labels that {@link withLabels} added */
export function withoutLabels(resource: Resource, added: readonly string[]): Resource {
  if (added.length === 0) return resource;
  const taken = new Set(added);
  const security = securityCodingsOf(resource);
  const marked = new Set(security.filter(standsAlone).map(labelOfCoding));
  // Beside a label of the list there may be the same one of the sender.
  const kept = security.filter((coding) => {
    const label = labelOfCoding(coding);
    return !taken.has(label) || (marked.has(label) && !standsAlone(coding));
  });
  const { security: _security, ...meta } = resource.meta ?? {};
  return { ...resource, meta: kept.length > 0 ? { ...meta, security: kept } : meta };
}
