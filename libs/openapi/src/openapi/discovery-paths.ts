/** What a base says of itself, to everybody. */
import type { Paths } from './fhir-paths.ts';

const published = (operationId: string, summary: string, mediaType: string, schema: object) => ({
  get: {
    operationId,
    tags: ['Discovery'],
    summary,
    description: 'It needs no token, and pages of any origin may read it.',
    security: [],
    responses: { '200': { description: summary, content: { [mediaType]: { schema } } } },
  },
});

const OBJECT = { type: 'object' };

export const DISCOVERY_PATHS: Paths = {
  '/metadata': published(
    'metadata',
    'What this FHIR server supports: its CapabilityStatement',
    'application/fhir+json',
    { $ref: '#/components/schemas/Resource' },
  ),
  '/.well-known/smart-configuration': published(
    'smartConfiguration',
    'The addresses of the authorization server and what it supports (SMART App Launch)',
    'application/json',
    OBJECT,
  ),
  '/openapi.json': published('openApi', 'This document', 'application/json', OBJECT),
  '/postman.json': published(
    'postman',
    'A collection for Postman and newman, from the registration to the revocation',
    'application/json',
    OBJECT,
  ),
};
