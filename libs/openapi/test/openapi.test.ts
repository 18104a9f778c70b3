import { describe, expect, it } from '@jest/globals';
import { definitions, parseResultParameters, servedTypes } from '@patient-access/fhir';
import { openApiDocument } from '../src/index.ts';
import { API } from './api.ts';

interface Operation {
  operationId: string;
  security: object[];
  responses: Record<string, { content?: object; headers?: object }>;
  parameters: { name?: string; $ref?: string; schema?: object }[];
  requestBody?: {
    content: Record<string, { schema: { properties: Record<string, object> }; encoding?: object }>;
  };
}
type PathItem = Record<'get' | 'post', Operation>;

const document = openApiDocument(API);
const paths = document.paths as Record<string, PathItem>;

/** Every `$ref` of a value, however deep. */
function references(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, child]) =>
    name === '$ref' ? [String(child)] : references(child),
  );
}

describe('the OpenAPI document', () => {
  it('has the interactions of each type, as the definitions have them, and no others', () => {
    const expected = servedTypes.flatMap((type) => {
      const { interactions = [], operations = {} } = definitions.get(type) ?? {};
      return [
        ...(interactions.includes('search-type') ? [`/${type}`, `/${type}/_search`] : []),
        ...(interactions.includes('read') ? [`/${type}/{id}`] : []),
        ...(interactions.includes('vread') ? [`/${type}/{id}/_history/{version}`] : []),
        ...(interactions.includes('history-instance') ? [`/${type}/{id}/_history`] : []),
        ...Object.entries(operations).flatMap(([name, { overRecord, answer }]) => [
          ...(answer ? [] : [`/${type}/$${name}`]),
          ...(overRecord || answer ? [`/${type}/{id}/$${name}`] : []),
        ]),
      ];
    });
    const found = Object.keys(paths).filter((path) => /^\/[A-Z]/.test(path));
    expect(found.sort()).toEqual(expected.sort());
  });

  it('names the guides in the versions that the plan has chosen', () => {
    const said = (guides: '2023' | '2027') =>
      openApiDocument({ ...API, plan: { ...API.plan, guides } }).info.description;
    expect(said('2023')).toContain('US Core 6.1.0, CARIN Blue Button 2.0.0');
    expect(said('2023')).toContain('Da Vinci PDex 2.0.0 and');
    expect(said('2027')).toContain('US Core 7.0.0, CARIN Blue Button 2.2.0');
    expect(said('2027')).toContain('Da Vinci PDex 2.2.0 and');
  });

  it('leaves out the types that a plan does not offer', () => {
    const smart = { ...API.smart, scopes_supported: ['patient/Coverage.rs'] };
    const few = Object.keys(openApiDocument({ ...API, smart }).paths);
    expect(few.filter((path) => /^\/[A-Z]/.test(path)).every((path) => path.startsWith('/Coverage'))).toBe(
      true,
    );
    expect(few).toContain('/Coverage/{id}');
  });

  it('leaves the registration out where a plan has none', () => {
    const { registration_endpoint: _, ...smart } = API.smart;
    expect(Object.keys(paths)).toContain('/register');
    expect(Object.keys(openApiDocument({ ...API, smart }).paths)).not.toContain('/register');
  });

  it('refers to nothing that is not there, and gives each operation a name of its own', () => {
    for (const reference of references(document)) {
      const [, ...steps] = reference.split('/');
      const target = steps.reduce<unknown>(
        (value, step) => (value as Record<string, unknown> | undefined)?.[step],
        document,
      );
      expect([reference, typeof target]).toEqual([reference, 'object']);
    }
    const ids = Object.values(paths).flatMap(({ get, post }) =>
      [get, post].flatMap((operation) => (operation ? [operation.operationId] : [])),
    );
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('has in a form the parameters of the GET, with those of every search', () => {
    const get = paths['/Observation']?.get;
    const post = paths['/Observation/_search']?.post;
    const ofGet = get?.parameters.map(({ name, $ref }) => name ?? $ref?.split('/').at(-1));
    const [form] = Object.values(post?.requestBody?.content ?? {});
    expect(Object.keys(form?.schema.properties ?? {})).toEqual(ofGet);
    expect(ofGet).toEqual(expect.arrayContaining(['code', '_id', '_count', '_include']));
  });

  it('lets a client give both ends of a range, and several includes', () => {
    const isRepeated = (path: string, method: keyof PathItem, name: string) => {
      const found = paths[path]?.[method].parameters?.find(
        (each) => each.name === name || each.$ref?.endsWith(`/${name}`),
      );
      const shared = document.components.parameters[name] as { schema?: object } | undefined;
      return ((found?.schema ?? shared?.schema) as { type?: string } | undefined)?.type === 'array';
    };
    for (const name of ['service-date', '_lastUpdated', '_include', '_revinclude'])
      expect([name, isRepeated('/ExplanationOfBenefit', 'get', name)]).toEqual([name, true]);
    for (const name of ['status', '_count', '_sort'])
      expect([name, isRepeated('/ExplanationOfBenefit', 'get', name)]).toEqual([name, false]);
    const [form] = Object.values(paths['/Observation/_search']?.post.requestBody?.content ?? {});
    expect(form?.schema.properties['date']).toMatchObject({ type: 'array' });
    // Without it openapi-generator joins the values with commas, and a comma means or.
    const repeated = ['date', 'value-quantity', '_lastUpdated', '_include', '_revinclude'];
    const explode = { style: 'form', explode: true };
    expect(form?.encoding).toEqual(Object.fromEntries(repeated.map((name) => [name, explode])));
  });

  it('tells generators that answers have more members than it names', () => {
    const closed = (schema: unknown, at: string): string[] => {
      if (typeof schema !== 'object' || schema === null) return [];
      const { type, additionalProperties } = schema as Record<string, unknown>;
      const own = type === 'object' && additionalProperties !== true ? [at] : [];
      return [...own, ...Object.entries(schema).flatMap(([name, child]) => closed(child, `${at}/${name}`))];
    };
    expect(closed(document.components.schemas, 'schemas')).toEqual([]);
  });

  it.each(['/token', '/par', '/revoke', '/introspect'])(
    'lets an app send its secret by HTTP Basic, as most are registered, or without it: %s',
    (path) => {
      expect(document.components.securitySchemes.client).toMatchObject({ type: 'http', scheme: 'basic' });
      expect(paths[path]?.post.security).toEqual([{ client: [] }, {}]);
    },
  );

  it('lets an app send an initial access token with its registration', () => {
    expect(paths['/register']?.post.security).toEqual([{ initialAccess: [] }, {}]);
  });

  it('says how a document that everybody may read is refused', () => {
    const statusesOf = (path: string) => Object.keys(paths[path]?.get.responses ?? {});
    expect(statusesOf('/metadata')).toEqual(['200', '400', '404', '406', '500', '503']);
    for (const path of ['/openapi.json', '/postman.json', '/.well-known/smart-configuration'])
      expect(statusesOf(path)).toEqual(['200', '404', '500', '503']);
  });

  it('names what a registration answers, and with which statuses an endpoint refuses', () => {
    const { ClientInformation } = document.components.schemas;
    expect(Object.keys(ClientInformation.properties)).toEqual(
      expect.arrayContaining(['client_id', 'client_secret', 'registration_access_token', 'redirect_uris']),
    );
    expect(JSON.stringify(paths['/register']?.post.responses['201'])).toContain('/ClientInformation');
    expect(JSON.stringify(paths['/register/{client_id}'])).toContain('/ClientUpdate');
    expect(document.components.schemas.ClientUpdate.required).toContain('client_id');
    for (const endpoint of ['/register', '/token', '/par', '/introspect'])
      expect(Object.keys(paths[endpoint]?.post.responses ?? {})).toEqual(
        expect.arrayContaining(['400', '401', '429', '500', '503']),
      );
  });

  it.each(['/Observation/{id}', '/Observation/{id}/_history/{version}'])(
    'offers no number of matches in a read: %s',
    (path) => {
      const summary = paths[path]?.get?.parameters.find(({ name }) => name === '_summary');
      expect(summary?.schema).toEqual({ type: 'string', enum: ['false', 'true', 'text', 'data'] });
    },
  );

  it.each(['/Observation/{id}', '/Observation/{id}/_history/{version}'])(
    'says that a read may be conditional: %s',
    (path) => {
      const { parameters, responses } = (paths[path] as PathItem).get;
      for (const name of ['If-None-Match', 'If-Modified-Since'])
        expect(parameters).toContainEqual({ $ref: `#/components/parameters/${name}` });
      expect(Object.keys(responses)).toContain('304');
      expect(Object.keys(responses['200']?.headers ?? {})).toEqual(
        expect.arrayContaining(['ETag', 'Last-Modified']),
      );
    },
  );

  it('says that a document comes in its own media type, too', () => {
    const typesOf = (type: string) =>
      Object.keys(paths[`/${type}/{id}`]?.get.responses['200']?.content ?? {});
    expect(typesOf('Binary')).toEqual(['application/fhir+json', '*/*']);
    expect(typesOf('Patient')).toEqual(['application/fhir+json']);
  });

  it('says that an operation takes a Parameters resource, and a search none', () => {
    const bodiesOf = (path: string) => Object.keys(paths[path]?.post.requestBody?.content ?? {});
    const form = 'application/x-www-form-urlencoded';
    for (const path of ['/Patient/{id}/$everything', '/DocumentReference/$docref'])
      expect([path, bodiesOf(path)]).toEqual([path, [form, 'application/fhir+json']]);
    expect(bodiesOf('/Observation/_search')).toEqual([form]);
  });

  it('has both ways of an authorization request, with the same parameters', () => {
    const { get, post } = paths['/authorize'] as PathItem;
    const [form] = Object.values(post.requestBody?.content ?? {});
    expect(Object.keys(form?.schema.properties ?? {})).toEqual(get.parameters.map(({ name }) => name));
    expect(post.responses).toEqual(get.responses);
  });

  it('names all that an app can register', () => {
    const { ClientMetadata, ClientInformation } = document.components.schemas;
    for (const { properties } of [ClientMetadata, ClientInformation])
      expect(Object.keys(properties)).toEqual(
        expect.arrayContaining(['default_max_age', 'require_auth_time', 'software_statement']),
      );
    expect(Object.keys(paths['/userinfo']?.get.responses ?? {})).toContain('403');
  });

  it('names only parameters of a result that the server takes', () => {
    const named = Object.keys(document.components.parameters).filter((name) =>
      ['_count', '_sort', '_total', '_summary', '_elements'].includes(name),
    );
    const values = { _count: '5', _sort: '_id', _total: 'none', _summary: 'data', _elements: 'id' };
    const patient = definitions.get('Patient');
    if (!patient) throw new Error('no Patient');
    for (const name of named)
      expect(() =>
        parseResultParameters(patient, [[name, values[name as keyof typeof values]]]),
      ).not.toThrow();
    expect(named).toHaveLength(5);
  });
});
