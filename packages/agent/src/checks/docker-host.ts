import { parseGoUrl } from './go-url.ts';

/** Where the Docker Engine listens. */
export interface DockerHost {
  readonly kind: 'unix' | 'tcp';
  /** The path of a socket, or `host:port`. */
  readonly address: string;
}

/** Source: Consul checks.DefaultDockerHost. */
const defaultHost = 'unix:///var/run/docker.sock';

/**
 * Reads DOCKER_HOST of the environment. The path of a TCP address is not used, as in Consul.
 * @throws Error with Consul's text, or GoUrlError.
 */
export function parseDockerHost(text = ''): DockerHost {
  const given = text === '' ? defaultHost : text;
  const end = given.indexOf('://');
  if (end < 0) throw new Error(`unable to parse docker host \`${given}\``);
  const protocol = given.slice(0, end);
  const address = given.slice(end + 3);
  if (protocol === 'unix') return { kind: 'unix', address };
  return { kind: 'tcp', address: protocol === 'tcp' ? parseGoUrl(`tcp://${address}`).host : address };
}
