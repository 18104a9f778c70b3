/**
 * Some proxies write the port of a connection behind its address in `X-Forwarded-For`, as Azure's Application Gateway does:
 * `203.0.113.7:51234`, `[2001:db8::1]:51234`. No range of proxies has such a text, limits by network would count each connection
 * for itself or all of them together, and the trail would name no address.
 */
import type { Server } from 'node:http';
import { CLIENT_ADDRESS_HEADER } from '@patient-access/internal-api';

const IPV4_WITH_PORT = /^\s*(\d{1,3}(?:\.\d{1,3}){3}):\d{1,5}\s*$/;
/** Without brackets nobody can tell an IPv6 address from its port. */
const IPV6_IN_BRACKETS = /^\s*\[([\da-f:.]+)\](?::\d{1,5})?\s*$/i;

const withoutPort = (text: string): string =>
  IPV4_WITH_PORT.exec(text)?.[1] ?? IPV6_IN_BRACKETS.exec(text)?.[1] ?? text;

/** Takes the ports away before anybody reads the header. @param server of whoever believes proxies */
export function passOverPorts(server: Server): void {
  server.prependListener('request', ({ headers }) => {
    const given = headers[CLIENT_ADDRESS_HEADER];
    // An address without a port is an IPv4 address in most requests.
    if (typeof given !== 'string' || !given.includes(':')) return;
    headers[CLIENT_ADDRESS_HEADER] = given.split(',').map(withoutPort).join(',');
  });
}
