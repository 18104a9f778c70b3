import stop from './stop.ts';

export default async function stopBoth(): Promise<void> {
  await Promise.all([globalThis.keycloak?.stop(), stop()]);
}
