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
import { namespaceCases } from './namespaces.ts';
import { readCases } from './reads.ts';

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
];
