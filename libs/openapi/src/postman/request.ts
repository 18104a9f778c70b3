/** The parts of a Postman collection that are used here. */

interface Header {
  key: string;
  value: string;
}

/** A request with the scripts that run before and after it. */
export interface CollectionItem {
  name: string;
  request: Readonly<Record<string, unknown>>;
  event: readonly { listen: 'prerequest' | 'test'; script: { type: string; exec: readonly string[] } }[];
  protocolProfileBehavior?: { followRedirects: boolean };
}

export interface Folder {
  name: string;
  description: string;
  item: readonly (CollectionItem | Folder)[];
}

export const folder = (name: string, description: string, item: Folder['item']): Folder => ({
  name,
  description,
  item,
});

/** The scripts of a request, each in JavaScript. */
export interface Scripts {
  before?: string;
  after: string;
}

/** Whose credentials the request sends: those of the collection, which is the access token, or none. */
export type Auth = 'access token' | 'none';

const lines = (script: string): string[] => script.trim().split('\n');

const NOAUTH = { type: 'noauth' };

const scriptBefore = (script: string) => ({
  listen: 'prerequest' as const,
  script: { type: 'text/javascript', exec: lines(script) },
});

/** @param script runs before the request */
export const withScriptBefore = (script: string, item: CollectionItem): CollectionItem => ({
  ...item,
  event: [scriptBefore(script), ...item.event],
});

export const requestItem = (
  name: string,
  request: CollectionItem['request'],
  { before, after }: Scripts,
): CollectionItem => ({
  name,
  request,
  event: [
    ...(before === undefined ? [] : [scriptBefore(before)]),
    { listen: 'test', script: { type: 'text/javascript', exec: lines(after) } },
  ],
});

interface Options {
  auth?: Auth;
  header?: readonly Header[];
  method?: string;
}

/** @param after the script that looks at the answer */
export const getRequest = (
  name: string,
  url: string,
  after: string,
  { auth = 'access token', header = [], method = 'GET' }: Options = {},
): CollectionItem =>
  requestItem(name, { method, url, header, ...(auth === 'none' && { auth: NOAUTH }) }, { after });

/** A POST of a form. The values may name variables: `{{code}}`. */
export const postFormRequest = (
  name: string,
  url: string,
  form: Readonly<Record<string, string>>,
  scripts: Scripts,
  header: readonly Header[] = [],
): CollectionItem =>
  requestItem(
    name,
    {
      method: 'POST',
      url,
      header,
      auth: NOAUTH,
      body: {
        mode: 'urlencoded',
        urlencoded: Object.entries(form).map(([key, value]) => ({ key, value })),
      },
    },
    scripts,
  );

/** A POST of a body as it is. */
export const postRawRequest = (
  name: string,
  url: string,
  mediaType: string,
  raw: string,
  scripts: Scripts,
  auth: Auth = 'none',
): CollectionItem =>
  requestItem(
    name,
    {
      method: 'POST',
      url,
      header: [{ key: 'Content-Type', value: mediaType }],
      ...(auth === 'none' && { auth: NOAUTH }),
      body: { mode: 'raw', raw },
    },
    scripts,
  );
