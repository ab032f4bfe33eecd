import { connect } from 'node:net';

const timeoutMs = 120_000;

/** What so many reads of one large answer took. */
export interface DumpResult {
  /** Of one answer, its head included. */
  readonly bytes: number;
  /** From the question to the last byte, one for each answer. */
  readonly ms: readonly number[];
}

export interface DumpLoad {
  readonly host: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** How many are read in all, and how many at the same time. */
  readonly count: number;
  readonly atOnce: number;
}

/**
 * Reads large answers and throws them away. Every target is one that nobody asked for before, or kept answers would be
 * measured.
 * @throws Error on an answer that is not 200, or slower than two minutes.
 */
export async function readDumps(load: DumpLoad): Promise<DumpResult> {
  const ms: number[] = [];
  let begun = 0;
  let bytes = 0;
  const worker = async () => {
    while (begun < load.count) {
      begun += 1;
      const beganAtMs = performance.now();
      bytes = await readOne({ ...load, path: `${load.path}?n=${begun}-${beganAtMs}` });
      ms.push(performance.now() - beganAtMs);
    }
  };
  await Promise.all(Array.from({ length: load.atOnce }, worker));
  return { bytes, ms };
}

function readOne({ host, path, headers }: DumpLoad): Promise<number> {
  const lines = Object.entries({ Host: host, Connection: 'close', ...headers });
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return new Promise((resolve, reject) => {
    let bytes = 0;
    const socket = connect({ host, port: 8500 });
    const fail = (why: string) => socket.destroy(new Error(`${host} ${path}: ${why}`));
    socket.setTimeout(timeoutMs, () => fail(`nothing for ${timeoutMs} ms`));
    socket.on('connect', () => socket.write(`GET ${path} HTTP/1.1\r\n${head}\r\n`));
    socket.on('data', (chunk: Buffer) => {
      if (bytes === 0 && !chunk.toString('latin1', 0, 13).startsWith('HTTP/1.1 200 '))
        fail(chunk.toString('latin1', 0, 400));
      bytes += chunk.length;
    });
    socket.on('error', reject);
    socket.on('end', () => socket.end());
    socket.on('close', () => resolve(bytes));
  });
}
