/**
 * @param header `Cookie` of a request
 * @returns the value of a cookie (RFC 6265 section 4.2.1), of several with one name the first
 */
export function cookieIn(header: string | undefined, name: string): string | undefined {
  const begin = `${name}=`;
  const pair = (header ?? '').split(/; */).find((each) => each.startsWith(begin));
  return pair?.slice(begin.length);
}
