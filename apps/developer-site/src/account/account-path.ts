/**
 * What is passed on to auth-service: the pages of developers' accounts, and the style sheet that they share with all
 * pages. Each part of a path is letters, digits, `-` and `_`, so no way of writing `..` leads to a page of a member.
 */
const ACCOUNT = /^\/account\/[a-z0-9-]{1,63}(?:\/[A-Za-z0-9_-]{1,128}){0,3}$/;
const STYLE_SHEET = '/auth/style.css';

/** @param url path and query, as they were sent @returns whether auth-service is asked */
export function isPassedOn(url: string): boolean {
  const [path = ''] = url.split('?');
  return path === STYLE_SHEET || ACCOUNT.test(path);
}
