/** Reads the resources in a Bundle of HL7's definitions, which are XML, in the form of FHIR's JSON. */
import { readFileSync } from 'node:fs';

type Value = string | number | boolean | Members | Value[];
interface Members {
  [name: string]: Value;
}

interface Node {
  name: string;
  attributes: Members;
  children: Node[];
}

/** Elements that are lists in JSON, behind the name of the element around them. */
const LISTS = new Set([
  'Bundle.entry',
  'CodeSystem.concept',
  'compose.exclude',
  'compose.include',
  'concept.concept',
  'element.constraint',
  'element.type',
  'exclude.concept',
  'exclude.filter',
  'exclude.valueSet',
  'include.concept',
  'include.filter',
  'include.valueSet',
  'snapshot.element',
  'type.extension',
  'type.profile',
  'type.targetProfile',
]);
/** Elements that are numbers or booleans in JSON. */
const LITERALS = new Set(['min', 'abstract', 'isSummary']);

const TAG = /<(\/?)([A-Za-z][\w.-]*)((?:\s+[\w:.-]+="[^"]*")*)\s*(\/?)>/g;
const ATTRIBUTE = /([\w:.-]+)="([^"]*)"/g;
const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };

const decoded = (text: string) => text.replace(/&(\w+);/g, (whole, name: string) => ENTITIES[name] ?? whole);

/** Text between tags occurs in narratives alone, and is left out. */
function parse(xml: string): Node {
  const root: Node = { name: '', attributes: {}, children: [] };
  const open = [root];
  for (const [, end, name = '', attributes = '', empty] of xml.matchAll(TAG)) {
    if (end) {
      if (open.pop()?.name !== name) throw new Error(`</${name}> ends nothing`);
      continue;
    }
    const pairs = [...attributes.matchAll(ATTRIBUTE)].map(([, key = '', value = '']) => [
      key,
      decoded(value),
    ]);
    const node: Node = { name, attributes: Object.fromEntries(pairs) as Members, children: [] };
    open.at(-1)?.children.push(node);
    if (!empty) open.push(node);
  }
  return root.children[0] ?? root;
}

function valueOf({ name, attributes, children }: Node): Value {
  const { value, xmlns: _, ...members } = attributes;
  if (value !== undefined) return LITERALS.has(name) ? (JSON.parse(String(value)) as Value) : value;
  for (const child of children) {
    const made = valueOf(child);
    const list = LISTS.has(`${name}.${child.name}`);
    const before = members[child.name];
    if (!list) members[child.name] = made;
    else members[child.name] = [...(Array.isArray(before) ? before : []), made];
  }
  return members;
}

/** @returns every resource in the Bundle of this file */
export function definitionFile<Resource>(file: string): Resource[] {
  const bundle = parse(readFileSync(file, 'utf8'));
  const inEntries = bundle.children
    .filter(({ name }) => name === 'entry')
    .flatMap(({ children }) => children);
  return inEntries
    .filter(({ name }) => name === 'resource')
    .flatMap(({ children }) => children)
    .map((node) => ({ resourceType: node.name, ...(valueOf(node) as Members) }) as Resource);
}
