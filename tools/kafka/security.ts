/** A broker as people run it: TLS, users with passwords, certificates or tokens, and access lists. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KafkaAcl } from '@patient-access/topology';
import { type KeyPair, makeAuthority, makeCertificate } from '@patient-access/testing';

/** A user of the broker, who may do what is listed and nothing else. */
export interface BrokerUser {
  name: string;
  acls: readonly KafkaAcl[];
}

/** The user who may do everything. */
export const ADMIN = 'admin';
/** The broker itself, and who has its certificate. */
const BROKER = 'broker';

export interface SecuredBroker {
  caFile: string;
  /** has a file for each user, with the password */
  passwordDir: string;
  users: readonly BrokerUser[];
  passwords: Readonly<Record<string, string>>;
  /** the port on which clients log in by certificate */
  certificatePort: number;
  /** @returns the certificate of a user, which is made when it is not there */
  certificateOf(name: string): KeyPair;
  /** lines of server.properties */
  settings: Record<string, string>;
}

/** Kept in a file, so that a later start on the same directory has the same passwords. */
async function passwordOf(dir: string, name: string): Promise<string> {
  const file = join(dir, name);
  if (!existsSync(file)) await writeFile(file, randomBytes(24).toString('base64url'), { mode: 0o600 });
  return readFile(file, 'utf8');
}

/** What tokens for this broker name as their issuer, and `kafka` as their audience. */
export const TOKEN_ISSUER = 'https://login.plan.example';

const MODULES = 'org.apache.kafka.common.security';

/**
 * Makes what a secured broker needs, in the directory. Over SASL_SSL its users log in with a password, by SCRAM or PLAIN; over
 * SSL, which brokers use between themselves too, with a certificate.
 *
 * @param jwksFile public keys (JWK Set) of whoever issues tokens for OAUTHBEARER
 */
export async function secureBroker(
  dir: string,
  certificatePort: number,
  users: readonly BrokerUser[],
  jwksFile?: string,
): Promise<SecuredBroker> {
  const [certificateDir, passwordDir] = [join(dir, 'certificates'), join(dir, 'passwords')];
  await Promise.all([certificateDir, passwordDir].map((each) => mkdir(each, { recursive: true })));
  const authority = makeAuthority(certificateDir);
  const own = makeCertificate(certificateDir, authority, BROKER);
  const store = join(certificateDir, 'broker-store.pem');
  await writeFile(
    store,
    (await readFile(own.keyFile, 'utf8')) + (await readFile(own.certificateFile, 'utf8')),
  );
  const passwords: Record<string, string> = {};
  for (const name of [ADMIN, ...users.map((user) => user.name)])
    passwords[name] = await passwordOf(passwordDir, name);
  return {
    caFile: authority.certificateFile,
    passwordDir,
    users,
    passwords,
    certificatePort,
    certificateOf: (name) => makeCertificate(certificateDir, authority, name),
    settings: settingsOf(store, authority, passwords, jwksFile),
  };
}

function settingsOf(
  store: string,
  authority: KeyPair,
  passwords: Readonly<Record<string, string>>,
  jwksFile: string | undefined,
): Record<string, string> {
  const sasl = 'listener.name.sasl_ssl';
  const plain = Object.entries(passwords).map(([name, password]) => `user_${name}="${password}"`);
  return {
    'listener.security.protocol.map': 'CONTROLLER:SSL,SASL_SSL:SASL_SSL,SSL:SSL',
    'inter.broker.listener.name': 'SSL',
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': store,
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': authority.certificateFile,
    'ssl.client.auth': 'required',
    [`${sasl}.ssl.client.auth`]: 'none',
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': `User:${ADMIN};User:CN=${BROKER}`,
    'allow.everyone.if.no.acl.found': 'false',
    'auto.create.topics.enable': 'false',
    'sasl.enabled.mechanisms': `PLAIN,SCRAM-SHA-256,SCRAM-SHA-512${jwksFile ? ',OAUTHBEARER' : ''}`,
    [`${sasl}.plain.sasl.jaas.config`]: `${MODULES}.plain.PlainLoginModule required ${plain.join(' ')};`,
    ...Object.fromEntries(
      ['256', '512'].map((bits) => [
        `${sasl}.scram-sha-${bits}.sasl.jaas.config`,
        `${MODULES}.scram.ScramLoginModule required;`,
      ]),
    ),
    ...(jwksFile && {
      [`${sasl}.oauthbearer.sasl.jaas.config`]: `${MODULES}.oauthbearer.OAuthBearerLoginModule required;`,
      [`${sasl}.oauthbearer.sasl.server.callback.handler.class`]: `${MODULES}.oauthbearer.OAuthBearerValidatorCallbackHandler`,
      [`${sasl}.oauthbearer.sasl.oauthbearer.jwks.endpoint.url`]: `file://${jwksFile}`,
      [`${sasl}.oauthbearer.sasl.oauthbearer.expected.audience`]: 'kafka',
      [`${sasl}.oauthbearer.sasl.oauthbearer.expected.issuer`]: TOKEN_ISSUER,
    }),
  };
}

/** Arguments of Kafka's StorageTool that give each user a password: brokers know SCRAM only from their own log. */
export const scramArguments = ({ passwords }: SecuredBroker): string[] =>
  Object.entries(passwords).flatMap(([name, password]) =>
    ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => [
      '--add-scram',
      `${mechanism}=[name=${name},password=${password}]`,
    ]),
  );
