/**
 * Types as tables that a check can walk along. They are made of the lines of r4.ts, each when first asked for:
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
  /** a bit of what has to be there, or may be there once only; 0 for all others */
  bit: number;
  /** of a choice, as `value[x]` */
  choice?: string;
  /** a primitive's format */
  test?: (value: unknown) => boolean;
  /** of a complex type; left out where the resource itself says what it is */
  shape?: () => Shape;
}

export interface Shape {
  isResource: boolean;
  elements: Map<string, ElementRule>;
  /** bits of what has to be there */
  required: number;
  /** names by bit, for whoever has to say what is missing */
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

/** Reads the elements of one type; nested ones become shapes with the path as their name. */
class Reader {
  private at = 0;
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  /** @param path of the element whose own elements these are */
  into(shape: Shape, path: string): void {
    for (let element = this.element(); element; element = this.element()) {
      const [, name = '', x, cardinality = '', type = ''] = element;
      const nested = type === '{' || type === '(';
      if (nested) this.nested(`${path}.${name}`, type === '{' ? 'BackboneElement' : 'Element');
      add(shape, name, x !== undefined, cardinality, nested ? `#${path}.${name}` : type);
    }
  }

  private element(): RegExpExecArray | null {
    while (this.text[this.at] === ' ') this.at += 1;
    ELEMENT.lastIndex = this.at;
    const found = ELEMENT.exec(this.text);
    // Without an element there is the bracket that ends these, or nothing.
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

function ruleOf(type: string, isList: boolean, bit: number): ElementRule {
  const rule = { isList, type, bit };
  const test = PRIMITIVES[type];
  if (test) return { ...rule, test };
  if (type === 'Resource') return rule;
  const name = type.startsWith('#') ? type.slice(1) : type;
  let shape: Shape | undefined;
  return { ...rule, shape: () => (shape ??= shapeOf(name)) };
}

function add(shape: Shape, name: string, isChoice: boolean, cardinality: string, types: string): void {
  const isList = cardinality === '*' || cardinality === '+';
  const isRequired = cardinality === '!' || cardinality === '+';
  const bit = isRequired || isChoice ? 1 << shape.names.size : 0;
  if (bit < 0) throw new Error(`${name}: more elements to count than an integer has bits`);
  if (bit !== 0) shape.names.set(bit, isChoice ? `${name}[x]` : name);
  if (isRequired) shape.required |= bit;
  if (!isChoice) shape.elements.set(name, ruleOf(types, isList, bit));
  else
    for (const type of types === '@' ? ANY_TYPE : types.split('|'))
      shape.elements.set(name + capital(type), { ...ruleOf(type, isList, bit), choice: `${name}[x]` });
}

/** @param name of a type, or the path of an element with elements of its own; one that R4 has */
function shapeOf(name: string): Shape {
  const known = shapes.get(name);
  if (known) return known;
  const type = name.split('.')[0] ?? '';
  const line = lines.get(type);
  if (line === undefined) throw new Error(`R4 has no ${name}`);
  const [, base = '-'] = line.split(' ', 2);
  const shape =
    base === '-'
      ? { isResource: type === 'Resource', elements: new Map(), required: 0, names: new Map() }
      : extend(shapeOf(base));
  shapes.set(type, shape);
  new Reader(line.slice(type.length + base.length + 2)).into(shape, type);
  return shapes.get(name) ?? shape;
}

/** @returns undefined for what is no type of resource in R4 */
export function resourceShape(type: unknown): Shape | undefined {
  if (typeof type !== 'string' || !lines.has(type)) return undefined;
  const shape = shapeOf(type);
  return shape.isResource ? shape : undefined;
}

/** What stands beside a primitive, as `_name`: its id and its extensions. */
export const elementShape = (): Shape => shapeOf('Element');
