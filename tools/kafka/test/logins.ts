/** How people run Kafka: every way to log in, and one clear line for each way in which it goes wrong. */
import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openKafka } from '@patient-access/kafka-client';
import { KafkaConfig } from '@patient-access/kafka-client/config';
import { makeAuthority, makeCertificate } from '@patient-access/testing';
import { KAFKA_TOPICS } from '@patient-access/topology';
import type { RunningKafka } from '../index.ts';
import { TOKEN_ISSUER } from '../security.ts';

const TOPIC = KAFKA_TOPICS.accessEvents.name;
const USER = 'claims-service';
const CLIENT_SECRET = 'secret of the client & more';
const TOKEN_SECONDS = 300;

type Environment = Record<string, string | undefined>;

/** Issues tokens for the brokers. */
export function newTokenIssuer() {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwks = JSON.stringify({
    keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'k', alg: 'RS256', use: 'sig' }],
  });
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const token = (sub: string) => {
    const iat = Math.floor(Date.now() / 1000);
    const claims = { sub, iss: TOKEN_ISSUER, aud: 'kafka', scope: 'kafka', iat, exp: iat + TOKEN_SECONDS };
    const text = `${part({ alg: 'RS256', kid: 'k', typ: 'JWT' })}.${part(claims)}`;
    return `${text}.${sign('sha256', Buffer.from(text), privateKey).toString('base64url')}`;
  };
  return { jwks, token };
}
type TokenIssuer = ReturnType<typeof newTokenIssuer>;

/** A token endpoint that knows one client. */
async function startTokenEndpoint(issuer: TokenIssuer): Promise<Server> {
  const expected = `Basic ${Buffer.from(`${USER}:${encodeURIComponent(CLIENT_SECRET)}`).toString('base64')}`;
  const server = createServer((request, response) => {
    const known = request.headers.authorization === expected;
    const answer = known
      ? { access_token: issuer.token(USER), token_type: 'Bearer' }
      : { error: 'invalid_client' };
    response.writeHead(known ? 200 : 401, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return server;
}

export function describeLogins(broker: () => RunningKafka, issuer: TokenIssuer): void {
  describe('a service logs in to Kafka', () => {
    let dir: string;
    let endpoint: Server;
    beforeAll(async () => {
      dir = await mkdtemp(join(tmpdir(), 'kafka-logins-'));
      endpoint = await startTokenEndpoint(issuer);
    });
    afterAll(async () => {
      endpoint?.close();
      await rm(dir, { recursive: true, force: true });
    });

    const withPassword = (): Environment => broker().settingsFor(USER);
    const withoutLogin = (): Environment => {
      const { KAFKA_BROKERS, KAFKA_CA_FILE } = withPassword();
      return { KAFKA_BROKERS, KAFKA_CA_FILE };
    };
    const withOauth = (secret = CLIENT_SECRET): Environment => ({
      ...withoutLogin(),
      KAFKA_SECURITY_PROTOCOL: 'SASL_SSL',
      KAFKA_SASL_MECHANISM: 'OAUTHBEARER',
      KAFKA_OAUTH_TOKEN_URL: `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}/token`,
      KAFKA_OAUTH_CLIENT_ID: USER,
      KAFKA_OAUTH_CLIENT_SECRET: secret,
    });
    const withCertificate = async (): Promise<Environment> => {
      const { secured } = broker();
      const pair = secured?.certificateOf(USER);
      return {
        ...withoutLogin(),
        KAFKA_BROKERS: `127.0.0.1:${secured?.certificatePort}`,
        KAFKA_SECURITY_PROTOCOL: 'SSL',
        KAFKA_CERTIFICATE_FILE: pair?.certificateFile,
        KAFKA_KEY_FILE: pair?.keyFile,
      };
    };
    async function send(settings: Environment, topic: string = TOPIC): Promise<void> {
      const sender = openKafka(KafkaConfig.parse(settings), 'test')?.sender(topic);
      try {
        await sender?.send([{ key: 'a', value: 'b' }]);
      } finally {
        await sender?.close();
      }
    }
    /** One line, and no secret in it. */
    async function refusal(settings: Environment, topic?: string): Promise<string> {
      const error = await send(settings, topic).then(
        () => new Error('it was let in'),
        (thrown: Error) => thrown,
      );
      expect(error.message).not.toContain('\n');
      for (const name of ['KAFKA_SASL_PASSWORD', 'KAFKA_OAUTH_CLIENT_SECRET'])
        if (settings[name]) expect(error.message).not.toContain(settings[name]);
      return error.message;
    }

    it.each(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'])('with a password, by %s', async (mechanism) => {
      await send({ ...withPassword(), KAFKA_SASL_MECHANISM: mechanism });
    });

    it('with a certificate (mTLS)', async () => {
      await send(await withCertificate());
    });

    it('with a token that its client credentials get', async () => {
      await send(withOauth());
    });

    it('with a token in a file, which somebody else renews', async () => {
      const file = join(dir, 'token');
      await writeFile(file, `${issuer.token(USER)}\n`);
      const { KAFKA_OAUTH_TOKEN_URL: _, ...settings } = withOauth();
      await send({ ...settings, KAFKA_OAUTH_TOKEN_FILE: file });
    });

    it('again with the certificate authority that the file has by then', async () => {
      const file = join(dir, 'renewed-ca.pem');
      const other = makeAuthority(await mkdtemp(join(dir, 'ca-')));
      await writeFile(file, await readFile(other.certificateFile));
      const settings = KafkaConfig.parse({ ...withPassword(), KAFKA_CA_FILE: file });
      const sender = openKafka(settings, 'test')?.sender(TOPIC);
      await expect(sender?.send([{ value: 'a' }])).rejects.toThrow(/is signed by nobody/);
      await writeFile(file, await readFile(withPassword()['KAFKA_CA_FILE'] ?? ''));
      await sender?.send([{ value: 'a' }]);
      await sender?.close();
    });

    it.each(['PLAIN', 'SCRAM-SHA-512'])(
      'again with the user and the password that their files have by then, by %s',
      async (mechanism) => {
        const { KAFKA_SASL_USERNAME: user = '', KAFKA_SASL_PASSWORD: password = '' } = withPassword();
        const [userFile, passwordFile] = [join(dir, 'user'), join(dir, 'password')];
        const write = async (name: string, secret: string) => {
          await writeFile(userFile, `${name}\n`);
          await writeFile(passwordFile, `${secret}\n`);
        };
        await write('of-last-year', 'of last year');
        const earlier = { KAFKA_SASL_USERNAME: 'of-last-year', KAFKA_SASL_PASSWORD: 'of last year' };
        const files = { KAFKA_SASL_USERNAME_FILE: userFile, KAFKA_SASL_PASSWORD_FILE: passwordFile };
        const settings = { ...withPassword(), ...earlier, ...files, KAFKA_SASL_MECHANISM: mechanism };
        const sender = openKafka(KafkaConfig.parse(settings), 'test')?.sender(TOPIC);
        const refused = (name: string) =>
          expect(sender?.send([{ value: 'a' }])).rejects.toThrow(
            `the brokers refuse the login of user ${name} by ${mechanism}: `,
          );
        await refused('of-last-year');
        await write(user, 'another one');
        await refused(user);
        await write(user, password);
        await sender?.send([{ value: 'a' }]);
        await sender?.close();
      },
    );

    it('again with the client’s secret that its file has by then', async () => {
      const file = join(dir, 'client-secret');
      await writeFile(file, 'of last year');
      const settings = { ...withOauth('of last year'), KAFKA_OAUTH_CLIENT_SECRET_FILE: file };
      const sender = openKafka(KafkaConfig.parse(settings), 'test')?.sender(TOPIC);
      await expect(sender?.send([{ value: 'a' }])).rejects.toThrow(/no token: invalid_client$/);
      await writeFile(file, `${CLIENT_SECRET}\n`);
      await sender?.send([{ value: 'a' }]);
      await sender?.close();
    });

    it.each<[string, () => Environment | Promise<Environment>, RegExp]>([
      [
        'a wrong password',
        () => ({ ...withPassword(), KAFKA_SASL_PASSWORD: 'a guess' }),
        /^the brokers refuse the login of user claims-service by SCRAM-SHA-512: .*invalid credentials/,
      ],
      [
        'a user that the brokers do not know',
        () => ({ ...withPassword(), KAFKA_SASL_USERNAME: 'dental-service', KAFKA_SASL_MECHANISM: 'PLAIN' }),
        /^the brokers refuse the login of user dental-service by PLAIN: /,
      ],
      [
        'an unknown certificate authority',
        () => ({ ...withPassword(), KAFKA_CA_FILE: undefined }),
        /^the certificate of broker 127\.0\.0\.1:\d+ is signed by nobody that Node \(set KAFKA_CA_FILE\) knows/,
      ],
      [
        'a connection without TLS',
        () => ({ KAFKA_BROKERS: withPassword()['KAFKA_BROKERS'] }),
        /do they expect another KAFKA_SECURITY_PROTOCOL than PLAINTEXT\?$/,
      ],
      [
        'no login',
        () => ({ ...withoutLogin(), KAFKA_SECURITY_PROTOCOL: 'SSL' }),
        /do they expect another KAFKA_SECURITY_PROTOCOL than SSL\?$/,
      ],
      [
        'no certificate where one is asked for',
        async () => ({
          ...(await withCertificate()),
          KAFKA_CERTIFICATE_FILE: undefined,
          KAFKA_KEY_FILE: undefined,
        }),
        /does not accept this service's certificate, KAFKA_CERTIFICATE_FILE/,
      ],
      [
        'a certificate of another authority',
        async () => {
          const own = await mkdtemp(join(dir, 'ca-'));
          const pair = makeCertificate(own, makeAuthority(own), USER);
          const files = { KAFKA_CERTIFICATE_FILE: pair.certificateFile, KAFKA_KEY_FILE: pair.keyFile };
          return { ...(await withCertificate()), ...files };
        },
        /does not accept this service's certificate, KAFKA_CERTIFICATE_FILE/,
      ],
      [
        'a client that the token endpoint does not know',
        () => withOauth('another secret'),
        /http:\/\/127\.0\.0\.1:\d+\/token gives client claims-service no token: invalid_client$/,
      ],
      [
        'a token endpoint that is away',
        () => ({ ...withOauth(), KAFKA_OAUTH_TOKEN_URL: 'http://127.0.0.1:2/token' }),
        /^Kafka: KAFKA_OAUTH_TOKEN_URL \(http:\/\/127\.0\.0\.1:2\/token\) cannot be reached \(ECONNREFUSED\)$/,
      ],
      [
        'a token that nobody signed',
        async () => {
          const file = join(dir, 'forged');
          await writeFile(file, newTokenIssuer().token(USER));
          return { ...withOauth(), KAFKA_OAUTH_TOKEN_FILE: file };
        },
        /^the brokers refuse the login of OAuth client claims-service by OAUTHBEARER: /,
      ],
      [
        'an address where nobody listens',
        () => ({ ...withPassword(), KAFKA_BROKERS: '127.0.0.1:9' }),
        /^broker 127\.0\.0\.1:9 cannot be reached \(ECONNREFUSED\)$/,
      ],
    ])('and says in one line what is wrong: %s', async (_what, settings, line) => {
      expect(await refusal(await settings())).toMatch(line);
    });

    it('and says in one line that it has no right', async () => {
      expect(await refusal(withPassword(), KAFKA_TOPICS.consents.name)).toBe(
        'user claims-service may not do this with patient-access.consents: TOPIC_AUTHORIZATION_FAILED (docs/kafka.md lists the rights)',
      );
    });
  });
}
