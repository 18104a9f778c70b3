import { describe, expect, test } from '@jest/globals';
import { PreviewFolder, previewIngestSettings } from '../../src/index.ts';

describe('the folder of the preview', () => {
  test('is .local, unless LOCAL_DIR names another one', () => {
    expect(PreviewFolder.parse({}).LOCAL_DIR).toBe('.local');
    expect(PreviewFolder.parse({ LOCAL_DIR: '/data' }).LOCAL_DIR).toBe('/data');
  });

  test('has the databases of the import, which become its settings', () => {
    const urls = { 'coverage-service': 'a', 'claims-service': 'b', 'clinical-service': 'c', other: 'd' };
    expect(previewIngestSettings(JSON.stringify(urls))).toEqual({
      COVERAGE_INGEST_URL: 'a',
      CLAIMS_INGEST_URL: 'b',
      CLINICAL_INGEST_URL: 'c',
    });
  });
});
