import type { FastifyRequest } from 'fastify';

export const NO_ROUTE = '(no route)';

/** @returns the pattern of a request's route, which names nobody */
export const httpRouteOf = ({ routeOptions: { url } }: FastifyRequest): string => url ?? NO_ROUTE;
