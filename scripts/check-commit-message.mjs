// check-commit-message.mjs FILE: the commit-msg hook. check-commit-message.mjs --since COMMIT: the same for all commits
// after COMMIT, as CI does. Prints every fault; exit code 1 when there is one.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const subjectMax = 72;
/** What git writes by itself keeps its own form. */
const written = /^(Merge |Revert "|fixup! |squash! )/;

/** The faults of one message, as sentences; none when it is right. */
export function faultsOf(message) {
  const lines = message.split('\n').filter((line) => !line.startsWith('#'));
  while (lines.length > 0 && lines[0].trim() === '') lines.shift();
  const [subject = '', second = '', ...rest] = lines;
  if (written.test(subject)) return [];
  const faults = [];
  if (subject.length > subjectMax) {
    faults.push(`the subject has ${subject.length} characters; at most ${subjectMax} are allowed`);
  }
  if (!/^[a-z0-9-]+(?:, [a-z0-9-]+)*: \S/.test(subject)) {
    faults.push('the subject must begin with the area and a colon, such as "gossip: refute before the ack"');
  }
  if (second.trim() !== '') faults.push('the line after the subject must be empty');
  if (rest.join('').trim() === '') faults.push('the body, which says why, is missing');
  return faults;
}

function git(...args) {
  const { status, stdout, stderr } = spawnSync('git', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`git ${args.join(' ')}: ${stderr.trim()}`);
  return stdout;
}

function report(title, faults) {
  for (const fault of faults) process.stderr.write(`${title}: ${fault}\n`);
  return faults.length;
}

function main([first, commit]) {
  if (first !== '--since') return report('commit message', faultsOf(readFileSync(first, 'utf8')));
  const hashes = git('rev-list', '--no-merges', `${commit}..HEAD`).split('\n').filter(Boolean);
  process.stdout.write(`${hashes.length} commit messages checked\n`);
  return hashes
    .map((hash) => report(hash.slice(0, 12), faultsOf(git('log', '-1', '--format=%B', hash))))
    .reduce((sum, count) => sum + count, 0);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  process.exit(main(process.argv.slice(2)) === 0 ? 0 : 1);
}
