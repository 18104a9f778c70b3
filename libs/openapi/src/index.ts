export { type ApiDescription, typesOffered } from './api-description.ts';
export { openApiDocument } from './openapi/document.ts';
export { postmanCollection } from './postman/collection.ts';
