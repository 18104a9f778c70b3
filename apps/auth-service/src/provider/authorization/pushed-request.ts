/** Pushed authorization requests (RFC 9126): the engine keeps what a client pushed until the member has answered. */
import type { KoaContextWithOIDC } from 'oidc-provider';
import { INTERACTION_SECONDS } from '../../domain/grants/lifetimes.ts';

/** The engine's name of the model. */
export const PUSHED_REQUEST = 'PushedAuthorizationRequest';

/**
 * A request has to be brought within a minute, which the engine sees to; it is used up when the member, who has the
 * time of an interaction, agrees. Until then its record is there, so that one reference leads to one code.
 */
export const PUSHED_REQUEST_EXTRA_SECONDS = INTERACTION_SECONDS;

/** Was this request pushed? Then every check has changed its parameters already. */
export const isPushedRequest = ({ oidc }: KoaContextWithOIDC): boolean => PUSHED_REQUEST in oidc.entities;
