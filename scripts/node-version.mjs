// This file must parse on every Node that knows ES modules: no newer syntax.

/** Ends the process with one sentence unless this Node is one that package.json allows: 20.19, or 22.12 and newer. */
export function requireNode(minimum) {
  const running = process.versions.node.split('.').map(Number);
  const wanted = minimum.split('.').map(Number);
  const isOfFloor = running[0] === wanted[0] && running[1] >= wanted[1];
  // 21 and the first of 22 cannot require an ES module, and neither do the build tools run there.
  const isNewer = running[0] > 22 || (running[0] === 22 && running[1] >= 12);
  if (!isOfFloor && !isNewer) {
    process.stderr.write(
      `Hobnob needs Node.js ${minimum} of 20, or 22.12 or newer; this is ${process.versions.node}.\n`,
    );
    process.exit(1);
  }
}
