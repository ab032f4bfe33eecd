import { AgentError } from '../errors.ts';
import { type LoadedTls, loadTls } from './load-tls.ts';
import type { TlsConfig } from './options.ts';

/** The certificate, key and authorities of a running agent, which a reload replaces. */
export class AgentTls {
  #loaded: LoadedTls;
  readonly #followers = new Set<(loaded: LoadedTls) => void>();

  private constructor(loaded: LoadedTls) {
    this.#loaded = loaded;
  }

  /** @throws AgentError AGENT_CONFIG as `loadTls`. */
  static async open(config: TlsConfig): Promise<AgentTls> {
    return new AgentTls(await loadTls(config));
  }

  get loaded(): LoadedTls {
    return this.#loaded;
  }

  /**
   * Reads the files again; nothing has changed until the result is called.
   * @throws AgentError AGENT_CONFIG in the words that Consul has for a reload.
   */
  async prepare(config: TlsConfig): Promise<() => void> {
    const next = await loadTls(config).catch((error: unknown) => {
      if (!(error instanceof AgentError)) throw error;
      const sentence = `Failed reloading tls configuration: ${error.message}`;
      throw new AgentError(error.code, sentence, { problems: [sentence], cause: error });
    });
    return () => {
      this.#loaded = next;
      for (const follow of this.#followers) follow(next);
    };
  }

  /** Calls `follower` after every change, until the result is called. */
  follow(follower: (loaded: LoadedTls) => void): () => void {
    this.#followers.add(follower);
    return () => this.#followers.delete(follower);
  }
}
