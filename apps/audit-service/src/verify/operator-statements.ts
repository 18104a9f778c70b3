/**
 * What the operators have signed, in a file beside the checkpoints. audit-service does not read the topic, which has a
 * checkpoint for each minute. The file has the operators' statements alone, so it is read whole each time.
 */
import { type CheckpointKeys } from '../checkpoints/checkpoint.ts';
import { oldestFirst, onceEach } from '../checkpoints/signed.ts';
import { type Outside, readOutside } from './outside.ts';

/**
 * @param file with one statement a line; undefined, or it does not exist: there are no more
 * @param operators public keys in PEM; undefined: no statement is believed
 * @returns what is known outside, and what the operators say in this file
 */
export async function withStatements(
  outside: Outside,
  file: string | undefined,
  keys: CheckpointKeys,
  operators: string | undefined,
): Promise<Outside> {
  const { restores, replays = [], acknowledgements = [] } = await readOutside(file, keys, operators);
  return {
    checkpoints: outside.checkpoints,
    restores: oldestFirst(onceEach([...outside.restores, ...restores])),
    replays: onceEach([...(outside.replays ?? []), ...replays]),
    acknowledgements: onceEach([...(outside.acknowledgements ?? []), ...acknowledgements]),
  };
}

/** @returns what the operators have signed, the oldest first, as it stands in such a file */
export const statementLines = ({ restores, replays = [], acknowledgements = [] }: Outside): string[] =>
  oldestFirst([...restores, ...replays, ...acknowledgements]).map(({ jws }) => jws);
