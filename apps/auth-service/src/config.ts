import { OutboxConfig } from '@patient-access/outbox/config';
import {
  DatabaseUrl,
  hasOwnHost,
  HttpUrl,
  loadConfig,
  SchemeAndHost,
  secrets,
  ServiceConfig,
} from '@patient-access/platform/config';
import { z } from 'zod';

const SECRET_CHARACTERS = 16;
/** of the gateway: the present one, and the one before or after */
const MOST_SECRETS = 2;
const ADMIN_SECRET_CHARACTERS = 32;
const KEY_BYTES = 32;

const isKey = (key: Buffer): boolean => key.length === KEY_BYTES;

/** The first one seals, each of them opens. */
const Keys = z
  .string()
  .transform((text) => text.split(',').map((key) => Buffer.from(key.trim(), 'base64url')))
  .refine(
    (keys): keys is [Buffer<ArrayBuffer>, ...Buffer<ArrayBuffer>[]] => keys.every(isKey),
    `must be ${KEY_BYTES} bytes, base64url; several of them with commas between`,
  );

/** The settings of the administration command, which needs no HTTP. */
const AdminConfig = z.object({
  DATABASE_URL: DatabaseUrl.meta({
    description: 'connection URL of the service’s database, as its service role',
  }),
  KEY_ENCRYPTION_KEY: Keys.meta({
    description:
      'one or more keys of 32 bytes in base64url, with commas between: the first seals what is secret in the database, cookies and forms, and each of them opens what it sealed',
  }),
});

/** @throws ConfigError naming every setting that is missing or wrong */
export const loadAdminConfig = () => loadConfig(AdminConfig, process.env);

export const AuthConfig = ServiceConfig.extend({
  ...AdminConfig.shape,
  ...OutboxConfig.shape,
  COVERAGE_URL: HttpUrl.meta({
    description:
      'internal base URL of coverage-service, which says how fresh its data is, and receives consents over HTTP where there are no brokers',
  }),
  CLAIMS_URL: HttpUrl.meta({
    description: 'internal base URL of claims-service, which says how fresh its data is',
  }),
  CLINICAL_URL: HttpUrl.meta({
    description: 'internal base URL of clinical-service, which says how fresh its data is',
  }),
  GATEWAY_CLIENT_SECRET: secrets(SECRET_CHARACTERS)
    .refine((all) => all.length <= MOST_SECRETS, `at most ${MOST_SECRETS}`)
    .meta({
      description: `of the gateway, the one client that may introspect every token; one or two secrets of ${SECRET_CHARACTERS} characters or more, with a comma between, of which either is accepted`,
    }),
  ADMIN_SECRET: secrets(ADMIN_SECRET_CHARACTERS)
    .optional()
    .meta({
      description: `of the administration API, which does not exist without it; one or more secrets of ${ADMIN_SECRET_CHARACTERS} characters or more, with commas between, of which each is accepted`,
    }),
  DEVELOPERS_URL: SchemeAndHost.optional().meta({
    description:
      'scheme and host of the pages for app developers, to which discovery leads; without it there are none',
  }),
  CARD_VIEWER_URL: SchemeAndHost.optional().meta({
    description:
      'scheme and host of the viewer of card links, which opens them in any browser; never that of `PUBLIC_URL` or `DEVELOPERS_URL`; left out: only apps open them',
  }),
  SMTP_URL: z
    .url({ protocol: /^smtps?$/ })
    .optional()
    .meta({
      description:
        '`smtps://user:password@host:465` or `smtp://…:587` (STARTTLS); without it no mail is sent',
    }),
  MAIL_DIRECTORY: z.string().optional().meta({
    description: 'for a preview: the folder into which mails are written when there is no `SMTP_URL`',
  }),
}).refine(({ CARD_VIEWER_URL, PUBLIC_URL }) => hasOwnHost(CARD_VIEWER_URL, PUBLIC_URL), {
  path: ['CARD_VIEWER_URL'],
  message: 'has the host of PUBLIC_URL',
});
export type AuthConfig = z.infer<typeof AuthConfig>;

const TrailConfig = ServiceConfig.pick({
  SERVICE_CA_FILE: true,
  SERVICE_CERTIFICATE_FILE: true,
  SERVICE_KEY_FILE: true,
}).extend(OutboxConfig.pick({ AUDIT_URL: true, EVENT_KEY: true }).shape);

/** What a command needs that asks the audit trail. @throws ConfigError naming every setting that is missing or wrong */
export const loadTrailConfig = () => loadConfig(TrailConfig, process.env);

/** @returns origin of the public host; '' where a command runs without it */
export const loadPublicUrl = (): string =>
  loadConfig(z.object({ PUBLIC_URL: z.url().or(z.literal('')).default('') }), process.env).PUBLIC_URL;

/** @returns whether this installation can send mails */
export const sendsMail = ({ SMTP_URL: url, MAIL_DIRECTORY: directory }: Readonly<AuthConfig>): boolean =>
  url !== undefined || directory !== undefined;
