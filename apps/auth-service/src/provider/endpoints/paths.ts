/** The endpoints of oidc-provider, below the issuer. */
export const ROUTES = {
  authorization: '/authorize',
  introspection: '/introspect',
  jwks: '/keys',
  pushed_authorization_request: '/par',
  revocation: '/revoke',
  token: '/token',
  userinfo: '/userinfo',
} as const;
