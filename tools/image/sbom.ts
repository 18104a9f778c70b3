/** The list of what an image is made of, as a CycloneDX 1.6 document. */
import type { InstalledPackage } from './packages.ts';

/** A hash as CycloneDX writes it, from the form of `package-lock.json`. */
function hashesOf(integrity: string | undefined) {
  const [algorithm, value] = integrity?.split(' ')[0]?.split('-', 2) ?? [];
  if (algorithm !== 'sha512' || value === undefined) return {};
  return { hashes: [{ alg: 'SHA-512', content: Buffer.from(value, 'base64').toString('hex') }] };
}

/** https://github.com/package-url/purl-spec, type npm: only the @ of a scope is escaped. */
const purlOf = ({ name, version }: InstalledPackage) => `pkg:npm/${name.replace('@', '%40')}@${version}`;

/**
 * The same sources give the same bytes, so it has no time and no serial number.
 *
 * @param image its name
 * @param version of the release
 */
export const sbomOf = (image: string, version: string, packages: readonly InstalledPackage[]) => ({
  bomFormat: 'CycloneDX',
  specVersion: '1.6',
  version: 1,
  metadata: {
    component: { type: 'container', 'bom-ref': image, name: `patient-access/${image}`, version },
  },
  components: packages.map((each) => ({
    type: 'library',
    'bom-ref': each.path,
    name: each.name,
    version: each.version,
    purl: purlOf(each),
    ...hashesOf(each.integrity),
    ...(each.license === undefined ? {} : { licenses: [{ expression: each.license }] }),
  })),
});
