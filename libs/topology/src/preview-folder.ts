/** The folder of the preview, as other programs find it. They read the files; this library only knows their names. */
import { z } from 'zod';
import { ingestSetting, RECORD_SERVICES, type RecordService } from './topology.ts';

/** The setting of every program that starts the preview or reads its files. */
export const PreviewFolder = z.object({
  /** where the preview keeps its data, its logs and the files below, relative to where the program is started */
  LOCAL_DIR: z.string().default('.local'),
});

/** The addresses of the preview and who can log in: JSON. */
export const PREVIEW_FILE = 'preview.json';

/** The connection URL of the ingest role for each record service: JSON. */
export const PREVIEW_INGEST_FILE = 'ingest.json';

/**
 * @param text of {@link PREVIEW_INGEST_FILE}
 * @returns the same URLs under the names of the import's settings
 * @throws SyntaxError when the text is not JSON
 */
export function previewIngestSettings(text: string): Record<string, string> {
  const urls = JSON.parse(text) as Record<RecordService, string>;
  return Object.fromEntries(RECORD_SERVICES.map((service) => [ingestSetting(service), urls[service]]));
}
