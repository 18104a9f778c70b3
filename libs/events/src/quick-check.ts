/**
 * A check made from a schema once, for what comes by the ten thousand: a fifth of the processor time of zod. What it does
 * not know of a schema it refuses to be made from, so that the schema stays the only definition.
 */
import type { z } from 'zod';

type Check = (value: unknown) => boolean;

type CheckDefinition = z.core.$ZodChecks['_zod']['def'];

const unknown = (what: string | undefined) => new Error(`no quick check for ${what}`);

/** @returns what a check of zod's asks of a value that has the right type */
function demandOf(check: CheckDefinition): Check {
  if (check.check === 'min_length') return (value) => (value as { length: number }).length >= check.minimum;
  if (check.check === 'max_length') return (value) => (value as { length: number }).length <= check.maximum;
  if (check.check === 'string_format') {
    const { pattern } = check;
    if (!pattern || pattern.global || pattern.sticky) throw unknown(check.format);
    return (value) => pattern.test(value as string);
  }
  if (check.check === 'number_format') {
    if (check.format !== 'safeint') throw unknown(check.format);
    return Number.isSafeInteger;
  }
  if (check.check !== 'greater_than') throw unknown(check.check);
  const [limit, inclusive] = [Number(check.value), check.inclusive];
  return (value) => (value as number) > limit || (inclusive && value === limit);
}

/** A format such as that of a UUID is a check itself. */
function demandsOf({ _zod: { def } }: z.core.$ZodType): Check {
  const own = 'check' in def ? [def as unknown as CheckDefinition] : [];
  const added = (def.checks ?? []).map(({ _zod }) => _zod.def as CheckDefinition);
  const demands = [...own, ...added].map(demandOf);
  return (value) => demands.every((demand) => demand(value));
}

const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;

function typeCheck(type: 'string' | 'number', schema: z.core.$ZodType): Check {
  const meets = demandsOf(schema);
  return (value) => typeof value === type && meets(value);
}

function arrayCheck(schema: z.core.$ZodArray): Check {
  const [meets, element] = [demandsOf(schema), quickCheck(schema._zod.def.element)];
  return (value) => Array.isArray(value) && meets(value) && value.every((each) => element(each));
}

function recordCheck({ _zod: { def } }: z.core.$ZodRecord): Check {
  const [key, each] = [quickCheck(def.keyType), quickCheck(def.valueType)];
  return (value) => {
    if (!isPlain(value)) return false;
    for (const name in value) if (name === '__proto__' || !key(name) || !each(value[name])) return false;
    return true;
  };
}

/** What the schema does not name is never accepted: of an object that is not strict it would have to be taken away. */
function objectCheck(schema: z.core.$ZodObject): Check {
  const { def } = schema._zod;
  if (def.checks?.length) throw unknown('checks of an object');
  const members = new Map(Object.entries(def.shape).map(([name, of]) => [name, quickCheck(of)]));
  const required = Object.keys(def.shape).filter((name) => def.shape[name]?._zod.optin !== 'optional');
  return (value) => {
    if (!isPlain(value)) return false;
    for (const name in value) if (!members.get(name)?.(value[name])) return false;
    return required.every((name) => Object.hasOwn(value, name));
  };
}

/**
 * @returns a check for what `JSON.parse` returned. It accepts only what the schema accepts as it is. What it does not accept
 *   may still be valid: only the schema knows, and says why not.
 * @throws Error for a schema with something that it does not know
 */
export function quickCheck(schema: z.core.$ZodType): Check {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  if (def.type === 'string' || def.type === 'number') return typeCheck(def.type, schema);
  if (def.type === 'array') return arrayCheck(schema as z.core.$ZodArray);
  if (def.type === 'record') return recordCheck(schema as z.core.$ZodRecord);
  if (def.type === 'object') return objectCheck(schema as z.core.$ZodObject);
  if (def.type === 'optional') return quickCheck(def.innerType);
  if (def.type !== 'enum' && def.type !== 'literal') throw unknown(def.type);
  const values = new Set<unknown>(def.type === 'enum' ? Object.values(def.entries) : def.values);
  return (value) => values.has(value);
}
