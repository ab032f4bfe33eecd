import type { SecureContext } from 'node:tls';
import type { Clock } from '@hobnob/gossip';
import { createClient } from '../client/client.ts';
import type { ClientTlsOptions } from '../client/client-tls.ts';
import type { AgentLogger } from '../ports.ts';
import { startGroup } from '../programs/start-child.ts';
import type { AgentTls } from '../tls/agent-tls.ts';
import { checkTlsContext, systemAuthorities } from '../tls/check-tls.ts';
import type { LoadedTls } from '../tls/load-tls.ts';
import { ownAddress } from '../watches/own-address.ts';
import { runScript } from '../watches/run-script.ts';
import { tellOverHttp } from '../watches/tell-over-http.ts';
import { Watches } from '../watches/watches.ts';

/** What the watches of a running agent are made of. */
export interface WatchesParts {
  /** Where the agent's API answers; without any, its configuration holds no watches. */
  readonly httpAddresses: readonly string[];
  readonly tls: AgentTls;
  readonly clock: Clock;
  readonly logger: AgentLogger;
}

/** Watches that ask this agent over HTTP and start programs; none runs yet. */
export function openWatches({ httpAddresses, tls, clock, logger }: WatchesParts): Watches {
  const address = ownAddress(httpAddresses);
  const log = logger.child({ component: 'agent' });
  const scripts = { clock, log, shell: process.env['SHELL'], startGroup };
  let loaded: Promise<SecureContext> | undefined;
  let own = ownTls(tls.loaded);
  tls.follow((next) => {
    own = ownTls(next);
  });
  return new Watches({
    clock,
    logger,
    client: createClient({ ...(address === undefined ? {} : { address }), tls: () => own }),
    async handle(handler, view, signal) {
      if (handler.kind !== 'http') return runScript(handler, view, scripts, signal);
      loaded ??= systemAuthorities().then((ca) => checkTlsContext({ ca }));
      const context = await loaded;
      return tellOverHttp(handler, view, { clock, log, tlsContext: () => context, wallMs: Date.now }, signal);
    },
  });
}

/** The agent shows its own certificate to itself, and takes whatever it is shown there. Source: Consul agent/config, APIConfig. */
function ownTls({ pair, ca }: LoadedTls): ClientTlsOptions {
  return { ...pair, ...(ca === undefined ? {} : { ca }), rejectUnauthorized: false };
}
