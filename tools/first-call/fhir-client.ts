/** Reads FHIR as an app does, one page after the other. */

export interface ClientResource {
  resourceType: string;
  id: string;
  [element: string]: unknown;
}

interface Bundle {
  link?: { relation: string; url: string }[];
  entry?: { resource: ClientResource }[];
}

/** Calls one FHIR base with one access token, and remembers the request id of every response. */
export class FhirClient {
  readonly requestIds: string[] = [];
  private readonly base: string;
  private readonly accessToken: string | undefined;

  /** @param accessToken none: for what a plan publishes for everybody */
  constructor(base: string, accessToken?: string) {
    this.base = base;
    this.accessToken = accessToken;
  }

  /** @param path relative to the base, or absolute as in a `next` link */
  async get(path: string): Promise<Response> {
    const url = path.startsWith('http') ? path : `${this.base}/${path}`;
    const response = await fetch(url, {
      headers: {
        ...(this.accessToken !== undefined && { authorization: `Bearer ${this.accessToken}` }),
        accept: 'application/fhir+json',
      },
    });
    this.requestIds.push(response.headers.get('x-request-id') ?? '');
    return response;
  }

  /** @throws Error with status and path when the answer is not 200 */
  async json<T>(path: string): Promise<T> {
    const response = await this.get(path);
    if (response.status !== 200)
      throw new Error(`GET ${path.split('?')[0]}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  /** @returns all resources of a search; it follows each `next` link */
  async search(path: string): Promise<ClientResource[]> {
    const found: ClientResource[] = [];
    let next: string | undefined = path;
    while (next) {
      const bundle: Bundle = await this.json<Bundle>(next);
      found.push(...(bundle.entry ?? []).map((entry) => entry.resource));
      next = bundle.link?.find((link) => link.relation === 'next')?.url;
    }
    return found;
  }
}
