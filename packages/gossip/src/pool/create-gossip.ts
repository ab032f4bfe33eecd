import { Core } from '../core.ts';
import type { Gossip } from '../gossip.ts';
import { openBoundPair } from '../io/bind-pair.ts';
import { discoverAdvertiseHost } from '../io/interfaces.ts';
import { KeyKeeper } from '../io/key-keeper.ts';
import { KeyringFile } from '../io/keyring-file.ts';
import { openKeyring } from '../io/open-keyring.ts';
import type { WireSecurity } from '../io/peer-streams.ts';
import { isWildcardHost } from '../io/socket-address.ts';
import type { GossipOptions, GossipPorts } from '../options/options.ts';
import { type GossipConfig, resolveOptions } from '../options/resolve-options.ts';
import type { Clock, Logger } from '../ports.ts';
import { systemClock, systemEntropy, systemRng, systemWarning } from '../runtime/system-ports.ts';
import type { Snapshot } from '../serf/snapshot/snapshot-recovery.ts';
import type { Extension } from '../swim/features.ts';
import { type Address, hostToBytes } from '../wire/address.ts';
import { createLiveKeyring, type LiveKeyring } from '../wire/encryption.ts';
import { checksumHeaderBytes, compoundPartOverheadBytes, userMessageOverheadBytes } from '../wire/limits.ts';
import { packetOverheadBytes } from '../wire/packet.ts';
import { encodeTags } from '../wire/tags.ts';
import { CallbackErrors } from './callback-errors.ts';
import { EventHub } from './event-hub.ts';
import { guardAdmission } from './guard-admission.ts';
import { openSnapshot } from './open-snapshot.ts';
import { RunningGossip } from './running-gossip.ts';

/** Incoming streams open at once; one remote host may hold half of them, which is memberlist's own limit for push/pulls. */
const incomingStreamsMax = 256;

/** memberlist sends 2 and understands 1 to 5; Serf understands 2 to 5. Sources: memberlist config.go, serf serf.go. */
const protocolVersions = { protocolMin: 1, protocolMax: 5, protocolCur: 2, delegateMin: 2, delegateMax: 5 };

/**
 * Starts a member. It listens, and is alone in its pool until it joins others or they join it. With the snapshot of an
 * earlier run it rejoins its pool by itself, which may still be in progress when this resolves.
 * @throws GossipError GOSSIP_OPTIONS with every problem, GOSSIP_BIND, GOSSIP_SNAPSHOT, GOSSIP_KEYRING_FILE. Nothing stays
 *   open then.
 */
export async function createGossip(options: GossipOptions): Promise<Gossip> {
  const { gossip } = await startGossip(options);
  return gossip;
}

/** Settings that only simulations may use. */
export interface GossipInternals {
  /** Turns Lifeguard's buddy system off, to measure its effect. */
  readonly buddySystem?: 'off';
  /** Turns extensions off, to prove that they are needed. */
  readonly disabledExtensions?: ReadonlySet<Extension>;
}

/** A running gossip and its core. */
export interface StartedGossip {
  readonly gossip: Gossip;
  readonly core: Core;
}

/** As `createGossip`, for simulations: also gives access to the core. */
export async function startGossip(
  options: GossipOptions,
  internals: GossipInternals = {},
): Promise<StartedGossip> {
  const given = resolveOptions(options);
  const clock = given.ports.clock ?? systemClock();
  const errors = new CallbackErrors({ member: given.name, logger: given.logger, clock, warn: systemWarning });
  const { logger } = errors;
  for (const warning of given.warnings) logger.warn({}, warning);
  const config = { ...given, admission: guardAdmission(given.admission, errors) };
  const file = config.keyringFile === undefined ? undefined : new KeyringFile(config.keyringFile);
  const opened = file === undefined ? undefined : await openKeyring(file, config.keys, logger);
  const keys = opened?.keys ?? config.keys;
  const snapshot = config.snapshot && (await openSnapshot(config.snapshot, logger, config.ports.snapshot));
  const ports = await openPorts(config, logger, clock).catch(async (error: unknown) => {
    await snapshot?.storage.close();
    throw error;
  });
  try {
    const bound = Object.freeze({ ...ports.packets.localAddress });
    const advertised = Object.freeze(advertisedAddress(config, bound));
    const keyring = keys.length === 0 ? undefined : createLiveKeyring(keys);
    const security = securityOf(config, keyring);
    const keyKeeper = keyring === undefined ? undefined : new KeyKeeper(keyring, file, logger);
    const { swim, ...others } = coreConfig(config, advertised, security, snapshot?.recovered);
    const core = new Core({ ...others, swim: { ...swim, ...internals } }, ports.rng);
    const hub = new EventHub(config.name, errors);
    const overrulingKeyring = opened?.isOverruled === true ? config.keyringFile : undefined;
    const parts = {
      overrulingKeyring,
      config,
      core,
      ports,
      security,
      keyKeeper,
      logger,
      errors,
      hub,
      bound,
      advertised,
      snapshot,
    };
    const gossip = new RunningGossip(parts);
    gossip.start();
    return { gossip, core };
  } catch (error) {
    await Promise.all([ports.packets.close(), ports.streams.close(), snapshot?.storage.close()]);
    throw error;
  }
}

async function openPorts(config: GossipConfig, logger: Logger, clock: Clock): Promise<GossipPorts> {
  const { rng = systemRng(), entropy = systemEntropy(), packets, streams } = config.ports;
  if (packets !== undefined && streams !== undefined) return { clock, rng, entropy, packets, streams };
  const { host, port } = config.bind;
  const timeoutMs = config.timing.streamTimeoutMs;
  const pair = await openBoundPair({ host, port, connectionsMax: incomingStreamsMax, timeoutMs, logger });
  return { clock, rng, entropy, ...pair };
}

/** The address to announce: the configured one, else the bound one, else a private one of this machine. */
function advertisedAddress({ advertise }: GossipConfig, bound: Address): Address {
  const host =
    advertise.host ?? (isWildcardHost(bound.host) ? discoverAdvertiseHost(bound.host) : bound.host);
  return { host, port: advertise.port ?? bound.port };
}

function securityOf(config: GossipConfig, keyring: LiveKeyring | undefined): WireSecurity {
  const { verifyIncoming, verifyOutgoing, label, skipInboundLabelCheck, compression } = config;
  return { keyring, verifyIncoming, verifyOutgoing, label, skipInboundLabelCheck, compression };
}

function coreConfig(
  config: GossipConfig,
  address: Address,
  security: WireSecurity,
  recovered: Snapshot | undefined,
): ConstructorParameters<typeof Core>[0] {
  const { name, timing, serfProtocol, coalesce, coordinates, tags, allowsHost, admission, userEvents } =
    config;
  const packetBudgetBytes = timing.packetBytesMax - packetOverheadBytes(security);
  return {
    swim: {
      name,
      address,
      addr: hostToBytes(address.host),
      meta: encodeTags(tags),
      versions: { ...protocolVersions, delegateCur: serfProtocol },
      timing,
      packetBudgetBytes,
      allowsHost,
      ...(recovered === undefined ? {} : { lastIncarnation: recovered.incarnation }),
    },
    serf: {
      name,
      address,
      serfProtocol,
      timing,
      coordinates,
      ...(coalesce === undefined ? {} : { coalesce }),
      ...(recovered === undefined ? {} : { recovered, lastKnown: [...recovered.failed, ...recovered.alive] }),
      userEvents,
      keys: security.keyring?.keys ?? [],
      conflictResolution: config.conflictResolution,
      messageBytesMax:
        packetBudgetBytes - checksumHeaderBytes - compoundPartOverheadBytes - userMessageOverheadBytes,
    },
    admission,
  };
}
