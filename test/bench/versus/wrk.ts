import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** One load: the same requests, as fast as they are answered, over so many kept connections. */
export interface Load {
  readonly host: string;
  /**
   * What is asked for, in turn. `$N` is replaced by a number that no request before had: a target that nobody has
   * asked for yet. One that begins with `PUT ` is a write of `body`.
   */
  readonly paths: readonly string[];
  /** What the writes put. */
  readonly body?: string;
  /** What every answer must be. Default 200. */
  readonly status?: 200 | 404;
  readonly headers?: Readonly<Record<string, string>>;
  readonly connections: number;
  readonly seconds: number;
}

/** What a load got. */
export interface LoadResult {
  readonly requests: number;
  readonly perSecond: number;
  readonly bytes: number;
  readonly medianMs: number;
  /** 99 of 100 requests were answered within this. */
  readonly p99Ms: number;
  readonly longestMs: number;
}

interface WrkJson extends LoadResult {
  /** Answers of 400 and more. */
  readonly refused: number;
  /** Connections that failed, and answers that did not come. */
  readonly failed: number;
}

const run = promisify(execFile);

/** Why no load can be made here; undefined when one can. */
export async function missingWrk(): Promise<string | undefined> {
  // It prints its usage and ends with 1 without arguments; only a program that is not there gives ENOENT.
  const missing = await run('wrk', ['--version']).then(
    () => false,
    (error: NodeJS.ErrnoException) => error.code === 'ENOENT',
  );
  return missing
    ? 'there is no wrk on this machine: it makes the load (Debian: apt-get install wrk)'
    : undefined;
}

/**
 * Loads one agent with wrk, whose own CPU time does not count.
 * @throws Error when an answer is of another status or a connection fails: then nothing was measured.
 */
export async function runWrk(load: Load): Promise<LoadResult> {
  const folder = await mkdtemp(join(tmpdir(), 'hobnob-wrk-'));
  try {
    const script = join(folder, 'load.lua');
    await writeFile(script, scriptOf(load));
    const url = `http://${load.host}:8500`;
    const args = ['-t1', `-c${load.connections}`, `-d${load.seconds}s`, '--timeout=30s', `-s${script}`, url];
    const { stdout } = await run('wrk', args);
    const line = stdout.split('\n').find((text) => text.startsWith('{'));
    if (line === undefined) throw new Error(`wrk printed no result:\n${stdout}`);
    const result = JSON.parse(line) as WrkJson;
    const refused = load.status === 404 ? result.requests : 0;
    if (result.failed > 0 || result.refused !== refused || result.requests === 0)
      throw new Error(`${load.host} ${load.paths[0]}: ${line}`);
    return result;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Distinct in every run, so that `$N` never comes again. */
let lastRun = 0;

function scriptOf({ paths, headers = {}, body = '' }: Load): string {
  lastRun += 1;
  const quoted = (text: string) => JSON.stringify(text);
  return `
local paths = { ${paths.map(quoted).join(', ')} }
local made = 0
wrk.headers = { ${Object.entries(headers)
    .map(([name, value]) => `[${quoted(name)}] = ${quoted(value)}`)
    .join(', ')} }
local body = ${quoted(body)}
local requests = {}
local function format(path)
  if path:sub(1, 4) == 'PUT ' then return wrk.format('PUT', path:sub(5), nil, body) end
  return wrk.format('GET', path)
end
function init()
  for at, path in ipairs(paths) do
    requests[at] = not path:find('$N', 1, true) and format(path)
  end
end
function request()
  made = made + 1
  local at = (made - 1) % #paths + 1
  if requests[at] then return requests[at] end
  local path = paths[at]:gsub('$N', '${lastRun}-' .. made)
  return format(path)
end
function done(summary, latency)
  local e = summary.errors
  io.write(string.format('{"requests":%d,"perSecond":%f,"bytes":%d,"medianMs":%f,"p99Ms":%f,"longestMs":%f,"refused":%d,"failed":%d}\\n',
    summary.requests, summary.requests * 1e6 / summary.duration, summary.bytes,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, latency.max / 1000,
    e.status, e.connect + e.read + e.write + e.timeout))
end
`;
}
