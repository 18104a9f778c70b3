/** Keycloak's admin API, as far as a plan's IT staff need it. */

/** A token of the admin client is good for a minute. */
const TOKEN_MS = 50_000;

export class KeycloakAdmin {
  private readonly url: string;
  private readonly administrator: { name: string; password: string };
  private token?: { value: string; until: number };

  constructor(url: string, administrator: { name: string; password: string }) {
    this.url = url;
    this.administrator = administrator;
  }

  /**
   * Sends a request to the admin API.
   *
   * @param path below `/admin/realms`, such as `/plan/users`
   * @returns the parsed answer, and the last part of the `Location` header: the id of what was made
   * @throws Error with status and answer when it is refused
   */
  async call<Answer = unknown>(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    body?: object | string,
  ): Promise<{ body: Answer; id: string }> {
    const response = await fetch(`${this.url}/admin/realms${path}`, {
      method,
      headers: { authorization: `Bearer ${await this.accessToken()}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    const id = response.headers.get('location')?.split('/').at(-1) ?? '';
    return { body: (text === '' ? undefined : JSON.parse(text)) as Answer, id };
  }

  private async accessToken(): Promise<string> {
    if (this.token && this.token.until > Date.now()) return this.token.value;
    const { name: username, password } = this.administrator;
    const form = { grant_type: 'password', client_id: 'admin-cli', username, password };
    const response = await fetch(`${this.url}/realms/master/protocol/openid-connect/token`, {
      method: 'POST',
      body: new URLSearchParams(form),
    });
    if (!response.ok) throw new Error(`no token for the administrator: ${response.status}`);
    const { access_token: value } = (await response.json()) as { access_token: string };
    this.token = { value, until: Date.now() + TOKEN_MS };
    return value;
  }
}
