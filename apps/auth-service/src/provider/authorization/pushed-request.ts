/** Pushed authorization requests (RFC 9126). They are stored until the member has decided. */
import type { KoaContextWithOIDC } from 'oidc-provider';
import { INTERACTION_SECONDS } from '../../domain/grants/lifetimes.ts';

/** The name of the model in oidc-provider. */
export const PUSHED_REQUEST = 'PushedAuthorizationRequest';

/**
 * oidc-provider accepts the reference of a pushed request for a minute. The request is used up when the member
 * agrees, who has as long as an interaction. The record stays until then, so that one reference leads to one code.
 */
export const PUSHED_REQUEST_EXTRA_SECONDS = INTERACTION_SECONDS;

/** Was this request pushed? Then the checks have already changed its parameters. */
export const isPushedRequest = ({ oidc }: KoaContextWithOIDC): boolean => PUSHED_REQUEST in oidc.entities;
