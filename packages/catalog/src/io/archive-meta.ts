import { encodeMsgpack } from '@hobnob/gossip/codec';

/** The file `meta.json` of an archive: what Raft knows of a snapshot. Source: consensus-and-rpc.md 1.12, 3.14. */
export interface ArchiveMeta {
  readonly Version: number;
  /** Term, index and milliseconds since 1970. */
  readonly ID: string;
  readonly Index: number;
  readonly Term: number;
  /** The addresses of the servers in MessagePack, in base64: from before there were ids. */
  readonly Peers: string;
  readonly Configuration: { readonly Servers: readonly ArchiveServer[] };
  readonly ConfigurationIndex: number;
  /** Of the state, in bytes. */
  readonly Size: number;
}

/** A server of the cluster that the snapshot is of. */
export interface ArchiveServer {
  /** 0 for a voter. */
  readonly Suffrage: number;
  readonly ID: string;
  readonly Address: string;
}

/** Of which moment a state is. */
export interface ArchivePlace {
  readonly index: number;
  readonly term: number;
  readonly servers: readonly ArchiveServer[];
  /** Milliseconds since 1970. */
  readonly wallMs: number;
}

export function archiveMeta({ index, term, servers, wallMs }: ArchivePlace, size: number): ArchiveMeta {
  const addresses = encodeMsgpack(servers.map(({ Address }) => Address));
  return {
    Version: 1,
    ID: `${term}-${index}-${wallMs}`,
    Index: index,
    Term: term,
    Peers: Buffer.from(addresses).toString('base64'),
    Configuration: { Servers: servers },
    ConfigurationIndex: 1,
    Size: size,
  };
}
