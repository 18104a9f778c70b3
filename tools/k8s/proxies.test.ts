import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';

const root = join(import.meta.dirname, '../..');

it.each([
  'k8s/base/kustomization.yaml',
  'k8s/overlays/preview/kustomization.yaml',
  'k8s/overlays/production/kustomization.yaml',
  'docker/compose.yaml',
])('P27: %s says which proxies stand before the gateway, and never all addresses', (file) => {
  const [, value = ''] = /TRUSTED_PROXIES[=:] ?(.+)/.exec(readFileSync(join(root, file), 'utf8')) ?? [];
  expect(value).not.toBe('');
  expect(value).not.toContain('/0');
});

it('P27: the Deployment of the gateway takes it from there', () => {
  const text = readFileSync(join(root, 'k8s/base/fhir-gateway/environment.yaml'), 'utf8');
  expect(text).toMatch(/name: TRUSTED_PROXIES\n +valueFrom: .*key: TRUSTED_PROXIES/);
});
