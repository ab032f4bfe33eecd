import type { SecureContext } from 'node:tls';
import type { Clock } from '@hobnob/gossip';
import { checkTlsContext, systemAuthorities } from '../checks/check-tls.ts';
import { createClient } from '../client/client.ts';
import type { AgentLogger } from '../ports.ts';
import { startGroup } from '../programs/start-child.ts';
import { ownAddress } from '../watches/own-address.ts';
import { runScript } from '../watches/run-script.ts';
import { tellOverHttp } from '../watches/tell-over-http.ts';
import { Watches } from '../watches/watches.ts';

/** What the watches of a running agent are made of. */
export interface WatchesParts {
  /** Where the agent's API answers; without any, its configuration holds no watches. */
  readonly httpAddresses: readonly string[];
  readonly clock: Clock;
  readonly logger: AgentLogger;
}

/** Watches that ask this agent over HTTP and start programs; none runs yet. */
export function openWatches({ httpAddresses, clock, logger }: WatchesParts): Watches {
  const address = ownAddress(httpAddresses);
  const log = logger.child({ component: 'agent' });
  const scripts = { clock, log, shell: process.env['SHELL'], startGroup };
  let loaded: Promise<SecureContext> | undefined;
  return new Watches({
    clock,
    logger,
    client: createClient(address === undefined ? {} : { address }),
    async handle(handler, view, signal) {
      if (handler.kind !== 'http') return runScript(handler, view, scripts, signal);
      loaded ??= systemAuthorities().then((ca) => checkTlsContext({ ca }));
      const context = await loaded;
      return tellOverHttp(handler, view, { clock, log, tlsContext: () => context, wallMs: Date.now }, signal);
    },
  });
}
