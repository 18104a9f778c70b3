/** Apps that register, and the member who logs in for them and agrees, without a browser. */
import { type FormPage, UserAgent } from '@patient-access/first-call';
import type { DescribedMember, PreviewTenant } from '@patient-access/preview';

/** The browser stays with the plan. */
const NOWHERE = 'none:';

interface RegisteredClient {
  client_id: string;
  /** of a confidential client */
  client_secret?: string;
}

/** Registers an app at a preview plan (RFC 7591). @param method a public client when left out */
export async function registerNamed(
  { issuer }: PreviewTenant,
  name: string,
  redirectUri: string,
  method = 'none',
): Promise<RegisteredClient> {
  const response = await fetch(`${issuer}/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      client_name: name,
      redirect_uris: [redirectUri],
      token_endpoint_auth_method: method,
    }),
  });
  return (await response.json()) as RegisteredClient;
}

/** Logs the member in and agrees. @returns the address at which the browser comes to the app */
export async function answerAs(
  { login, password }: DescribedMember,
  address: string,
  redirectUri: string,
): Promise<URL> {
  const agent = new UserAgent();
  let page: FormPage = await agent.open(new URL(address), redirectUri);
  const pages: Record<string, string>[] = [{ login, password, action: 'login' }, { action: 'agree' }];
  for (const filled of pages) page = await agent.submit(page, filled, redirectUri);
  return page.url;
}

const wordsOf = ({ html }: FormPage): string => html.replaceAll(/<[^>]+>/g, ' ').replaceAll(/\s+/g, ' ');

/** Logs the member in at a page of the plan. @returns the words of the page that follows, and what reads the page again */
export async function logInAt(
  { login, password }: DescribedMember,
  address: string,
): Promise<{ words: string; again(): Promise<string> }> {
  const agent = new UserAgent();
  const open = () => agent.open(new URL(address), NOWHERE);
  const page = await agent.submit(await open(), { login, password, action: 'login' }, NOWHERE);
  return { words: wordsOf(page), again: async () => wordsOf(await open()) };
}
