import { execFile } from 'node:child_process';

const program = 'systemd-notify';
/** systemd-notify waits until the message is processed; a manager that hangs must not hold us up. */
const deadlineMs = 5_000;

/**
 * Sends a message of sd_notify(3) through the program `systemd-notify`, because Node has no datagram sockets of the
 * unix family (ADR 0025). The environment names the socket. Resolves with why that was not possible, or with
 * undefined.
 */
export function notifyServiceManager(message: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = execFile(
      program,
      [message],
      { timeout: deadlineMs, killSignal: 'SIGKILL' },
      (error, _out, said) => {
        if (error === null) resolve(undefined);
        else if (error.code === 'ENOENT') resolve(`the program ${program} is not installed`);
        else if (error.killed === true) resolve(`${program} has not ended within ${deadlineMs} ms`);
        else resolve(said.trim() === '' ? error.message : said.trim());
      },
    );
    // A message on its way must not keep a process alive that is done.
    child.unref();
  });
}
