/** Reads what a form of a developer does with the logo. */
import type { LogoChange } from '../../domain/logos/logos.ts';
import type { DeveloperRequest } from './developer-context.ts';
import { LOGO_FIELD, NO_LOGO_FIELD } from './pages/logo-field.ts';

/** A browser sends an empty file where none was chosen. The name and the type that it says are not looked at. */
export async function logoChangeIn({ body }: Pick<DeveloperRequest, 'body'>): Promise<LogoChange> {
  if (!(body instanceof FormData)) return undefined;
  const file = body.get(LOGO_FIELD);
  if (file !== null && typeof file !== 'string' && file.size > 0)
    return Buffer.from(await file.arrayBuffer());
  return body.get(NO_LOGO_FIELD) === 'yes' ? 'none' : undefined;
}
