/** Sends requests as they are written, also such as fetch would correct or refuse to send. */
import { request } from 'node:http';

export interface RawAnswer {
  status: number;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  body: string;
}

export interface Mistaken {
  method?: string;
  /** names and values in turn, so that a name can come twice */
  headers?: readonly (readonly [name: string, value: string])[];
  body?: string;
}

/** @param url is split by hand: its path is sent unchanged */
export function send(url: string, { method = 'GET', headers = [], body }: Mistaken = {}): Promise<RawAnswer> {
  const [, host = '', port = '80', path = '/'] = /^http:\/\/([^:/]+)(?::(\d+))?(\/.*)?$/s.exec(url) ?? [];
  const all = [...headers];
  if (!all.some(([name]) => name.toLowerCase() === 'host')) all.push(['host', `${host}:${port}`]);
  if (body !== undefined) all.push(['content-length', String(Buffer.byteLength(body))]);
  return new Promise((resolve, reject) => {
    const options = { host, port, path, method, headers: all.flat(), setHost: false };
    const outgoing = request(options as object, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString(),
        }),
      );
    });
    outgoing.on('error', reject).end(body);
  });
}

const FORM = ['content-type', 'application/x-www-form-urlencoded'] as const;

type Fields = Readonly<Record<string, string | undefined>> | readonly (readonly [string, string])[];

/** @returns an encoded form; fields that are undefined are left out */
export function encodeForm(fields: Fields): string {
  const pairs: (readonly [string, string])[] = Array.isArray(fields)
    ? [...(fields as readonly (readonly [string, string])[])]
    : Object.entries(fields).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, value] as const],
      );
  return new URLSearchParams(pairs.map(([name, value]): [string, string] => [name, value])).toString();
}

/** Posts a form. */
export const postForm = (
  url: string,
  fields: Fields,
  headers: Mistaken['headers'] = [],
): Promise<RawAnswer> => send(url, { method: 'POST', headers: [FORM, ...headers], body: encodeForm(fields) });

/** Posts JSON. */
export const postJson = (url: string, body: unknown, headers: Mistaken['headers'] = []): Promise<RawAnswer> =>
  send(url, {
    method: 'POST',
    headers: [['content-type', 'application/json'], ...headers],
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

export const basicHeader = (id: string, secret: string) =>
  ['authorization', `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`] as const;

export const bearer = (token: string) => ['authorization', `Bearer ${token}`] as const;
