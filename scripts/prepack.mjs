// Runs before a package is packed. Only pnpm turns `workspace:` and `catalog:` into versions: what npm packs here could be
// installed by nobody.
const agent = process.env.npm_config_user_agent ?? '';
if (!agent.startsWith('pnpm/')) {
  const found = agent.split(' ')[0] || 'this program';
  process.stderr.write(
    `${found} would pack a package.json with workspace: and catalog: in it, which nobody can install.\n` +
      'Pack with pnpm instead: npx -y pnpm@10 pack\n',
  );
  process.exit(1);
}
