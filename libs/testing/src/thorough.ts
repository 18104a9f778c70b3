/** Whether long tests run in their long form, as `npm run test:thorough` asks. `npm test` runs them in their short form. */
export const isThorough = process.env['THOROUGH'] === 'true';

/**
 * How often, or with how many, a long test tries what it tries.
 *
 * @param short for `npm test`: enough to find what is always wrong
 * @param long for `npm run test:thorough`: enough to find what is seldom wrong, or wrong in one place of many
 */
export const tries = (short: number, long: number): number => (isThorough ? long : short);
