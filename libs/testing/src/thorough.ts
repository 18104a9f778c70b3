import { isThorough } from './config.ts';

/**
 * How often, or with how many, a long test tries what it tries.
 *
 * @param short for `npm test`: enough to find what is always wrong
 * @param long for `npm run test:thorough`: enough to find what is seldom wrong, or wrong in one place of many
 */
export const tries = (short: number, long: number): number => (isThorough ? long : short);
