/** The databases of a service: the first one, and the further ones to which plans are moved (docs/operate.md). */
import type { Given } from './obstacle.ts';

/** @returns connection URLs by name. @throws SyntaxError when the setting is no JSON object */
export function furtherDatabases(setting = '{}'): [name: string, url: string][] {
  const parsed: unknown = JSON.parse(setting);
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw new SyntaxError('no JSON object');
  return Object.entries(parsed).map(([name, url]) => [name, String(url)]);
}

/** @returns all connection URLs, by the words in which a person looks for them; what cannot be read has none */
export const databaseUrls = (given: Given): [where: string, url: string][] =>
  Object.entries(given).flatMap(([setting, value = '']): [string, string][] => {
    if (/(?:DATABASE|INGEST)_URL$/.test(setting)) return [[setting, value]];
    if (!setting.endsWith('DATABASES')) return [];
    try {
      return furtherDatabases(value).map(([name, url]) => [`${setting}, "${name}"`, url]);
    } catch {
      return [];
    }
  });

/** @returns the passwords in all of them */
export const databasePasswords = (given: Given): [where: string, password: string][] =>
  databaseUrls(given).map(([where, url]) => [
    `the password in ${where}`,
    decodeURIComponent(URL.parse(url)?.password ?? ''),
  ]);
