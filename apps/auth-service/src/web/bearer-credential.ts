/** @returns what follows the scheme Bearer, in whatever case it is written (RFC 9110 section 11.1); '' where it is not there */
export const bearerCredential = (authorization = ''): string =>
  /^Bearer +(.+)$/i.exec(authorization)?.[1] ?? '';
