/** The part of a token model of oidc-provider that patches replace. */
export interface TokenFinder<Token> {
  find(value: string, options?: { ignoreExpiration?: boolean }): Promise<Token | undefined>;
}
