import { isIPv4 } from "node:net";

/**
 * What may become part of a configuration line, a map's line or a command. Everything else is refused here, whatever was
 * checked before: a name must not be able to end a line, a word, a quote or a command, and begin another.
 */
function checked(what: string, value: string, allowed: (value: string) => boolean): string {
  if (!allowed(value)) throw new Error(`not ${what} that an edge can have: ${JSON.stringify(value)}`);
  return value;
}

const matching = (pattern: RegExp) => (value: string) => pattern.test(value);

const isPort = (port: string) => /^[1-9]\d{0,4}$/.test(port) && Number(port) <= 65_535;

export const serviceName = (name: string): string =>
  checked("a service's name", name, matching(/^[a-z][a-z0-9-]{0,62}$/));

/** `<container>:<port>` */
export const serverName = (name: string): string =>
  checked("a server's name", name, (given) => {
    const [container = "", port = "", ...rest] = given.split(":");
    return /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}$/.test(container) && isPort(port) && rest.length === 0;
  });

/** `<address>:<port>` */
export const serverAddress = (address: string): string =>
  checked("a server's address", address, (given) => {
    const [host = "", port = "", ...rest] = given.split(":");
    return isIPv4(host) && isPort(port) && rest.length === 0;
  });

export const routeHost = (host: string): string =>
  checked("a route's host name", host, matching(/^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/));

export const routePath = (path: string): string =>
  checked("a route's path", path, matching(/^\/[\w./~@:+=%,-]{0,1023}$/));

export const checkPath = (path: string): string =>
  checked("a health check's path", path, matching(/^\/[\w./~@:+=%,?&-]{0,1023}$/));

/** A whole number of milliseconds. */
export const milliseconds = (time: number): number => {
  if (!Number.isSafeInteger(time) || time <= 0) throw new Error(`not a number of milliseconds: ${time}`);
  return time;
};
