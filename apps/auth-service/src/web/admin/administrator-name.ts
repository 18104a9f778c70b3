import type { FastifyRequest } from 'fastify';
import { plainText } from '../../domain/apps/app-name.ts';

const MAX_NAME_CHARACTERS = 64;

/** @returns the name in the header `X-Administrator`, which nobody checks; events record it as it was sent */
export const administratorOf = ({ headers }: Pick<FastifyRequest, 'headers'>): string =>
  plainText(String(headers['x-administrator'] ?? ''), MAX_NAME_CHARACTERS) || 'unnamed';
