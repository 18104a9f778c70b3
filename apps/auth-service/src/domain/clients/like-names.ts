/** Apps of a plan whose names look the same to the eye as another (security case O15). */
import type { Client } from './clients.ts';
import { nameWords } from './name-words.ts';

/** @returns the same text for names that look the same */
export const asSeen = (name: string): string => nameWords(name).join('');

/** @returns those of `clients` that have the name, but for spaces, case, accents and look-alikes */
export const likeNamed = (clients: readonly Client[], name: string | undefined): Client[] =>
  clients.filter(({ metadata }) => asSeen(metadata.client_name ?? '') === asSeen(name ?? ''));
