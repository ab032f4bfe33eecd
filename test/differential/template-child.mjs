// template-child.mjs CONSUL HOBNOB FOLDER: reads JSON of { texts, config } and prints JSON of
// - outcomes: for each text as `serf_lan`, what the real agent and ours refuse it with, empty when it is taken;
// - banners: the addresses that each prints when it starts with the configuration.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readHostFacts, resolveAgentOptions } from '@hobnob/agent';

const [consul, hobnob, folder] = process.argv.slice(2);
const facts = readHostFacts();

function theirs(text) {
  const file = join(folder, 'serf_lan.json');
  writeFileSync(file, JSON.stringify({ data_dir: folder, bind_addr: '127.0.0.1', serf_lan: text }));
  const { status, stdout, stderr } = spawnSync(consul, ['validate', file], { encoding: 'utf8' });
  return status === 0 ? '' : `${stdout}${stderr}`;
}

function ours(text) {
  try {
    resolveAgentOptions({ dev: true, serfLanAddress: text }, facts);
    return '';
  } catch (error) {
    return error.problems.join('\n');
  }
}

/** The lines of addresses in what the agent prints first; all that it prints, when it ends before. */
function bannerOf(name, command, args, config) {
  const home = join(folder, name);
  mkdirSync(home);
  writeFileSync(join(home, 'agent.hcl'), config);
  const agent = spawn(command, [...args, 'agent', '-config-dir', home, '-data-dir', join(home, 'data')]);
  let printed = '';
  return new Promise((resolve) => {
    const read = (chunk) => {
      printed += chunk;
      if (/Cluster Addr:.*\n/.test(printed)) agent.kill('SIGKILL');
    };
    agent.stdout.on('data', read);
    agent.stderr.on('data', read);
    agent.on('close', () => {
      const lines = printed.match(/^ *(?:Client|Cluster) Addr:.*$/gm);
      resolve(lines?.map((line) => line.trim()) ?? [printed]);
    });
  });
}

const { texts, config } = JSON.parse(readFileSync(0, 'utf8'));
const banners = {
  theirs: await bannerOf('theirs', consul, [], config),
  ours: await bannerOf('ours', process.execPath, [hobnob], config),
};
const outcomes = texts.map((text) => ({ text, theirs: theirs(text), ours: ours(text) }));
process.stdout.write(JSON.stringify({ outcomes, banners }));
