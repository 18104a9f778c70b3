/** A file that names resources: `Type/id` or a JSON object in each line, a resource or a reference. */
import { definitions, isId } from '@patient-access/fhir';
import { z } from 'zod';
import { readNamed } from './named.ts';

const Named = z.union([
  z
    .object({ resourceType: z.string(), id: z.string() })
    .transform(({ resourceType, id }) => `${resourceType}/${id}`),
  z.object({ reference: z.string() }).transform(({ reference }) => reference),
]);

function referenceIn(line: string): string | undefined {
  if (!line.startsWith('{')) return line;
  try {
    return Named.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

/**
 * @returns the resources, as `Type/id`
 * @throws Error that names the first line that is none, or says that there are none
 */
export function readReferences(file: string): string[] {
  const found = new Set<string>();
  for (const [at, each] of String(readNamed(file)).split('\n').entries()) {
    const line = each.trim();
    if (line === '') continue;
    const reference = referenceIn(line);
    const [type = '', id = '', ...more] = reference?.split('/') ?? [];
    if (!definitions.has(type) || !isId(id) || more.length > 0)
      throw new Error(`${file}, line ${at + 1}: not a resource, a reference or Type/id`);
    found.add(`${type}/${id}`);
  }
  if (found.size === 0) throw new Error(`${file} names nothing`);
  return [...found];
}
