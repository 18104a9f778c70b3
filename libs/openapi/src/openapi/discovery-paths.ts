/** What a base says of itself, to everybody. */
import { documentFailures } from './failures.ts';
import type { Paths } from './fhir-paths.ts';

/** There may be no such plan, or nobody may know now whether there is. */
const OF_EVERY_DOCUMENT = [404, 500, 503];

const published = (
  operationId: string,
  summary: string,
  { mediaType, schema, statuses = [] }: { mediaType: string; schema: object; statuses?: number[] },
) => ({
  get: {
    operationId,
    tags: ['Discovery'],
    summary,
    description: 'It needs no token, and pages of any origin may read it.',
    security: [],
    responses: {
      '200': { description: summary, content: { [mediaType]: { schema } } },
      ...documentFailures(...OF_EVERY_DOCUMENT, ...statuses),
    },
  },
});

const JSON_OBJECT = { mediaType: 'application/json', schema: { type: 'object' } };

export const DISCOVERY_PATHS: Paths = {
  '/metadata': published('metadata', 'What this FHIR server supports: its CapabilityStatement', {
    mediaType: 'application/fhir+json',
    schema: { $ref: '#/components/schemas/Resource' },
    statuses: [400, 406],
  }),
  '/.well-known/smart-configuration': published(
    'smartConfiguration',
    'The addresses of the authorization server and what it supports (SMART App Launch)',
    JSON_OBJECT,
  ),
  '/openapi.json': published('openApi', 'This document', JSON_OBJECT),
  '/postman.json': published(
    'postman',
    'A collection for Postman and newman, from the registration to the revocation',
    JSON_OBJECT,
  ),
};
