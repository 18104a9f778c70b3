/**
 * kafkajs cuts a broker of the settings at its first colon, also where that is a part of an IPv6 address. So such an address goes to
 * it in a form without colons, as `[2001-db8--1]:9093`. Brokers name themselves without brackets, and with their port apart.
 */

/** @param broker `host:port` of the settings @returns what kafkajs cuts into host and port */
export const withoutColons = (broker: string): string =>
  broker.replace(/^\[.+\]/, (address) => address.replaceAll(':', '-'));

/** @returns the host to connect to. @param host as kafkajs has it */
export const brokerHost = (host: string): string =>
  host.startsWith('[') ? host.slice(1, -1).replaceAll('-', ':') : host;

/** @returns a broker as the settings have it. @param broker as kafkajs names it in an error */
export const withColons = (broker: string): string =>
  broker.replace(/^\[.+\]/, (address) => address.replaceAll('-', ':'));
