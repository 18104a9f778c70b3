/**
 * What a person may edit about herself at Keycloak. Its account API says so to the person's own token. Other providers have
 * no such interface, and it does not name attributes that the person could add.
 */
import { z } from 'zod';
import type { Egress } from './egress.ts';

export interface ProfileAttribute {
  name: string;
  values: string[];
  editable: boolean;
}

const Profile = z.object({
  attributes: z.record(z.string(), z.array(z.string())).default({}),
  userProfileMetadata: z.object({
    attributes: z.array(z.object({ name: z.string(), readOnly: z.boolean().default(false) })),
  }),
});

/** @returns undefined for another provider, and where the account API is not offered to this token */
export async function keycloakProfile(
  egress: Egress,
  issuer: string,
  accessToken: string,
): Promise<ProfileAttribute[] | undefined> {
  if (!/\/realms\/[^/]+$/.test(issuer)) return undefined;
  try {
    const answer = await egress(`${issuer}/account/?userProfileMetadata=true`, {
      headers: { accept: 'application/json', authorization: `Bearer ${accessToken}` },
    });
    if (answer.status !== 200) return undefined;
    const { attributes, userProfileMetadata } = Profile.parse(await answer.json());
    const declared = new Map(userProfileMetadata.attributes.map(({ name, readOnly }) => [name, readOnly]));
    // What the person sees although nobody declared it is an unmanaged attribute, which she may change.
    return [...new Set([...declared.keys(), ...Object.keys(attributes)])].map((name) => ({
      name,
      values: attributes[name] ?? [],
      editable: declared.get(name) !== true,
    }));
  } catch {
    return undefined;
  }
}
