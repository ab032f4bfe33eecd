import { defineCommand } from '../command.ts';
import { exitOk } from '../output.ts';

const keyBytes = 32;

/** `keygen`: a fresh key for `-encrypt`. */
export const keygenCommand = defineCommand({
  name: 'keygen',
  synopsis: 'Generates a new encryption key',
  usage: 'keygen',
  paragraphs: [
    'Prints a new random key of 32 bytes in base64, as -encrypt takes it: one key for all agents of a pool.',
  ],
  flags: [],
  async run({ io }) {
    io.stdout(`${Buffer.from(io.randomBytes(keyBytes)).toString('base64')}\n`);
    return exitOk;
  },
});
