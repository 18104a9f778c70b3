/**
 * Types as tables, along which a check can walk. Each is made from a line of r4.ts when it is first needed:
 *
 *     Patient DomainResource active?boolean name*HumanName deceased[x]?boolean|dateTime contact*{name?HumanName …}
 *
 * `?` 0..1, `!` 1..1, `*` 0..*, `+` 1..*; `{…}` a BackboneElement and `(…)` an Element with these elements of its own;
 * `#Type.element` the content of another element; `[x]@` a choice of every type.
 */
import { PRIMITIVES } from './primitives.ts';
import { R4_TYPES } from './r4.ts';

export interface ElementRule {
  isList: boolean;
  type: string;
  /** of its definition, e.g. `Claim.item.sequence` or `Observation.value[x]` */
  path: string;
  /** a bit for an element that is required or may occur only once; 0 for all others */
  bit: number;
  /** the name of the choice, as `value[x]` */
  choice?: string;
  /** tests the format of a primitive */
  test?: (value: unknown) => boolean;
  /** the shape of a complex type; absent if the resource itself names its type */
  shape?: () => Shape;
}

export interface Shape {
  /** names of the type and of those whose elements it has too, the most general first */
  types: readonly string[];
  isResource: boolean;
  elements: Map<string, ElementRule>;
  /** the bits of the required elements */
  required: number;
  /** names by bit, to report what is missing */
  names: Map<number, string>;
}

const ANY_TYPE = Object.keys(PRIMITIVES)
  .filter((type) => type !== 'xhtml')
  .concat(
    'Address Age Annotation Attachment CodeableConcept Coding ContactPoint Count Distance Duration HumanName Identifier'.split(
      ' ',
    ),
    'Money Period Quantity Range Ratio Reference SampledData Signature Timing ContactDetail Contributor'.split(
      ' ',
    ),
    'DataRequirement Expression ParameterDefinition RelatedArtifact TriggerDefinition UsageContext Dosage Meta'.split(
      ' ',
    ),
  );

const lines = new Map(R4_TYPES.map((line) => [line.slice(0, line.indexOf(' ')), line]));
const shapes = new Map<string, Shape>();

const capital = (text: string) => text.slice(0, 1).toUpperCase() + text.slice(1);

const ELEMENT = /([A-Za-z]+)(\[x\])?([?!*+])([{(]|[^\s{}()]+)/y;

/** Parses the elements of one type. Nested elements become shapes whose name is their path. */
class Reader {
  private at = 0;
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  /** @param path of the element that has these elements */
  into(shape: Shape, path: string): void {
    for (let element = this.element(); element; element = this.element()) {
      const [, name = '', x, cardinality = '', type = ''] = element;
      const nested = type === '{' || type === '(';
      if (nested) this.nested(`${path}.${name}`, type === '{' ? 'BackboneElement' : 'Element');
      add(shape, path, {
        name,
        isChoice: x !== undefined,
        cardinality,
        types: nested ? `#${path}.${name}` : type,
      });
    }
  }

  private element(): RegExpExecArray | null {
    while (this.text[this.at] === ' ') this.at += 1;
    ELEMENT.lastIndex = this.at;
    const found = ELEMENT.exec(this.text);
    // If no element follows, the next character is the bracket that ends them, or the text ends.
    this.at = found ? ELEMENT.lastIndex : this.at + 1;
    return found;
  }

  private nested(path: string, base: string): void {
    const shape = extend(shapeOf(base));
    shapes.set(path, shape);
    this.into(shape, path);
  }
}

const extend = (base: Shape): Shape => ({
  ...base,
  elements: new Map(base.elements),
  names: new Map(base.names),
});

function ruleOf(type: string, path: string, isList: boolean, bit: number): ElementRule {
  const rule = { isList, type, path, bit };
  const test = PRIMITIVES[type];
  if (test) return { ...rule, test };
  if (type === 'Resource') return rule;
  const name = type.startsWith('#') ? type.slice(1) : type;
  let shape: Shape | undefined;
  return { ...rule, shape: () => (shape ??= shapeOf(name)) };
}

interface Notation {
  name: string;
  isChoice: boolean;
  cardinality: string;
  types: string;
}

function add(shape: Shape, parent: string, { name, isChoice, cardinality, types }: Notation): void {
  const isList = cardinality === '*' || cardinality === '+';
  const isRequired = cardinality === '!' || cardinality === '+';
  const bit = isRequired || isChoice ? 1 << shape.names.size : 0;
  if (bit < 0) throw new Error(`${name}: more elements to count than an integer has bits`);
  if (bit !== 0) shape.names.set(bit, isChoice ? `${name}[x]` : name);
  if (isRequired) shape.required |= bit;
  const path = `${parent}.${name}${isChoice ? '[x]' : ''}`;
  if (!isChoice) shape.elements.set(name, ruleOf(types, path, isList, bit));
  else
    for (const type of types === '@' ? ANY_TYPE : types.split('|'))
      shape.elements.set(name + capital(type), { ...ruleOf(type, path, isList, bit), choice: `${name}[x]` });
}

/** @param name of a type of R4, or the path of an element with elements of its own */
function shapeOf(name: string): Shape {
  const known = shapes.get(name);
  if (known) return known;
  const type = name.split('.')[0] ?? '';
  const line = lines.get(type);
  if (line === undefined) throw new Error(`R4 has no ${name}`);
  const [, base = '-'] = line.split(' ', 2);
  const shape =
    base === '-'
      ? { types: [type], isResource: type === 'Resource', elements: new Map(), required: 0, names: new Map() }
      : { ...extend(shapeOf(base)), types: [...shapeOf(base).types, type] };
  shapes.set(type, shape);
  new Reader(line.slice(type.length + base.length + 2)).into(shape, type);
  return shapes.get(name) ?? shape;
}

/** @returns undefined if R4 has no such resource type */
export function resourceShape(type: unknown): Shape | undefined {
  if (typeof type !== 'string' || !lines.has(type)) return undefined;
  const shape = shapeOf(type);
  return shape.isResource ? shape : undefined;
}

/** The shape of `_name` beside a primitive: its id and its extensions. */
export const elementShape = (): Shape => shapeOf('Element');
