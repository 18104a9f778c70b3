import { type InteractionRequest, notFound, parseControl } from '@patient-access/fhir';
import { CONTENT_HEADERS, contentOf } from './content.ts';
import { partOf } from './part-of.ts';
import { queryFor } from './query-for.ts';
import { readScoped } from '../sql/scope.ts';
import { readStatement, versionStatement } from '../sql/search-sql.ts';
import type { Allowed, Answer } from './serve.ts';

interface Row {
  version: number;
  last_updated: Date;
  /** JSON, UTF-8 */
  body: Buffer;
}

/**
 * read and vread. A resource of another member, one that a granular scope or its sensitivity hides and one that does
 * not exist are the same: no row.
 *
 * @throws OperationError 404
 */
export async function readOne(
  allowed: Allowed,
  interaction: Extract<InteractionRequest, { interaction: 'read' | 'vread' }>,
): Promise<Answer> {
  const { engine, decision, definition, parameters, wanted } = allowed;
  const { subset } = parseControl(definition, parameters);
  const { type, id } = interaction;
  const query = queryFor(allowed, allowed, type);
  const statement =
    interaction.interaction === 'vread'
      ? versionStatement(query, id, interaction.version)
      : readStatement(query, id);
  const [rows] = await readScoped<Row>(engine.pool, decision, [statement]);
  const row = rows?.[0];
  if (!row) throw notFound();
  const version = String(row.version);
  const content = definition.content && contentOf(row.body.toString(), definition.content, wanted);
  return {
    headers: {
      etag: `W/"${version}"`,
      'last-modified': row.last_updated.toUTCString(),
      ...(definition.content && CONTENT_HEADERS),
      ...(content && { 'content-type': content.mediaType }),
    },
    body: [content?.bytes ?? partOf(row.body, subset)],
    disclosure: {
      interaction: interaction.interaction,
      type,
      counts: { [type]: 1 },
      resource: { reference: `${type}/${id}`, version },
    },
  };
}
