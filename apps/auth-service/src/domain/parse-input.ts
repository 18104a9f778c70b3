/** Reads JSON from outside with a zod schema, where the caller decides the form of the error. */
import type { z } from 'zod';

/** What is wrong with an input. */
interface InputProblem {
  /** the first wrong field; empty for the whole input */
  field: string;
  /** one line for all wrong fields, `field: message; field: message` */
  text: string;
}

/**
 * Handlers of Nest name a schema for each parameter, and the pipe of all services answers 400. This is for inputs whose
 * errors have another form: a body of RFC 6749 or RFC 7591, or the number of a line in a file.
 *
 * @param refuse makes the error for the caller
 * @returns what the schema makes of the input
 * @throws the error of `refuse` when the input does not match the schema
 */
export function parseInput<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
  refuse: (problem: InputProblem) => Error,
): z.infer<Schema> {
  const { success, data, error } = schema.safeParse(input);
  if (success) return data;
  const lines = error.issues.map(({ path, message }) => [path.join('.'), message].filter(Boolean).join(': '));
  throw refuse({ field: String(error.issues[0]?.path[0] ?? ''), text: lines.join('; ') });
}
