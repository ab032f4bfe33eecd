// This file must parse on every Node that knows ES modules: no newer syntax.

/** Ends the process with one sentence when this Node is older than the project's floor. */
export function requireNode(minimum) {
  const running = process.versions.node.split('.').map(Number);
  const wanted = minimum.split('.').map(Number);
  const older = running[0] < wanted[0] || (running[0] === wanted[0] && running[1] < wanted[1]);
  if (older) {
    process.stderr.write(`Hobnob needs Node.js ${minimum} or newer; this is ${process.versions.node}.\n`);
    process.exit(1);
  }
}
