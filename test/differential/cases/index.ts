import type { Case } from '../case.ts';
import { agentCheckCases } from './agent-checks.ts';
import { agentClientCases } from './agent-clients.ts';
import { agentPathCases } from './agent-paths.ts';
import { agentServiceCases } from './agent-services.ts';
import { agentSidecarCases } from './agent-sidecars.ts';
import { blockingCases } from './blocking.ts';
import { catalogRegisterCases } from './catalog-register.ts';
import { coordinateEventCases } from './coordinates-events.ts';
import { encodingCases } from './encodings.ts';
import { kvPathCases } from './kv-paths.ts';
import { kvReadCases } from './kv-reads.ts';
import { kvWriteCases } from './kv-writes.ts';
import { namespaceCases } from './namespaces.ts';
import { readCases } from './reads.ts';
import { sessionBodyCases } from './session-bodies.ts';
import { sessionLockCases } from './session-locks.ts';
import { sessionCases } from './sessions.ts';
import { txnCatalogCases } from './txn-catalog.ts';
import { txnKeyCases } from './txn-keys.ts';

/** Every case, in the order in which they run: each leaves the registry as it found it. */
export const allCases: readonly Case[] = [
  ...catalogRegisterCases,
  ...readCases,
  ...encodingCases,
  ...agentServiceCases,
  ...agentCheckCases,
  ...agentSidecarCases,
  ...agentClientCases,
  ...agentPathCases,
  ...namespaceCases,
  ...blockingCases,
  ...coordinateEventCases,
  ...kvWriteCases,
  ...kvReadCases,
  ...kvPathCases,
  ...sessionBodyCases,
  ...sessionCases,
  ...sessionLockCases,
  ...txnKeyCases,
  ...txnCatalogCases,
];
