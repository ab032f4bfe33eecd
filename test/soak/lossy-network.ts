import { execFile } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { readlinkSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { dropProgram, type Faults } from './drop-program.ts';

const run = promisify(execFile);
const tc = (...args: readonly string[]) => run('tc', args);

/**
 * The loopback device of a network namespace of our own, whose datagrams the kernel drops as configured. It needs
 * `ip` and `tc` and the kernel's packet classifier for BPF; not netem, which many small kernels are built without.
 */
export class LossyNetwork {
  /** Brings the device up. @throws Error outside a namespace of its own: this machine's network is not ours. */
  static async open(): Promise<LossyNetwork> {
    const outside = process.env['HOBNOB_SOAK_OUTSIDE'];
    if (outside === undefined || readlinkSync('/proc/self/ns/net') === outside) {
      throw new Error('not in a network namespace of its own: start the soak by test/soak/run');
    }
    await run('ip', ['link', 'set', 'lo', 'up']);
    await tc('qdisc', 'add', 'dev', 'lo', 'clsact');
    return new LossyNetwork();
  }

  /** Replaces what is lost from now on. */
  async set(faults: Faults): Promise<void> {
    const program = ['bpf', 'direct-action', 'bytecode', dropProgram(faults)];
    await tc('filter', 'replace', 'dev', 'lo', 'ingress', 'prio', '1', 'handle', '1', ...program);
  }

  /** Nothing is lost from now on. */
  async heal(): Promise<void> {
    await this.set({ lossProbability: 0, blocks: [] });
  }
}

/** The share of `count` datagrams from one address to another that arrives. */
export async function shareThatArrives(from: string, to: string, count = 1000): Promise<number> {
  const sender = createSocket('udp4');
  const receiver = createSocket('udp4');
  let arrived = 0;
  receiver.on('message', () => {
    arrived += 1;
  });
  await new Promise<void>((resolve) => receiver.bind(0, to, resolve));
  await new Promise<void>((resolve) => sender.bind(0, from, resolve));
  const { port } = receiver.address();
  for (let sent = 0; sent < count; sent += 1) {
    await new Promise((resolve) => sender.send('x', port, to, resolve));
    // The receive buffer holds a few hundred: what overflows it was not lost by the network.
    if (sent % 50 === 49) await delay(2);
  }
  await delay(100);
  sender.close();
  receiver.close();
  return arrived / count;
}
