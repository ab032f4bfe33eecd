/** A datagram from `from` to `to` never arrives; the other direction is open. IPv4. */
export interface OneWayBlock {
  readonly from: string;
  readonly to: string;
}

export interface Faults {
  /** The share of datagrams that are lost, 0 to 1. */
  readonly lossProbability: number;
  readonly blocks: readonly OneWayBlock[];
}

/** Verdicts of a packet filter in direct action. Source: linux/pkt_cls.h TC_ACT_OK, TC_ACT_SHOT. */
const verdicts = { pass: 0, drop: 2 } as const;
type Target = keyof typeof verdicts | 'next' | number;
type Instruction = readonly [code: number, ifTrue: Target, ifFalse: Target, operand: number];

/** Opcodes of classic BPF. Source: linux/filter.h. */
const op = {
  loadWord: 0x20,
  loadHalf: 0x28,
  loadByte: 0x30,
  ifEqual: 0x15,
  ifGreater: 0x25,
  end: 0x06,
} as const;
/** Offsets in an Ethernet frame with IPv4, which the loopback device has too. */
const at = { etherType: 12, protocol: 23, source: 26, destination: 30 } as const;
/** Loading from here gives 32 random bits. Source: linux/filter.h SKF_AD_OFF + SKF_AD_RANDOM. */
const randomBits = 0xffff_f000 + 56;
/** A jump is one byte long, and a block takes four instructions. */
const blocksMax = 50;

function ipv4Number(host: string): number {
  return host.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

/**
 * The packet filter that drops UDP datagrams as configured and passes everything else, as `tc` reads it: the number of
 * instructions, then `code ifTrue ifFalse operand` of each.
 */
export function dropProgram({ lossProbability, blocks }: Faults): string {
  if (blocks.length > blocksMax) throw new RangeError(`${blocks.length} blocks: at most ${blocksMax}`);
  const body: readonly Instruction[] = [
    [op.loadHalf, 'next', 'next', at.etherType],
    [op.ifEqual, 'next', 'pass', 0x0800],
    [op.loadByte, 'next', 'next', at.protocol],
    [op.ifEqual, 'next', 'pass', 17],
    ...blocks.flatMap(({ from, to }): readonly Instruction[] => [
      [op.loadWord, 'next', 'next', at.source],
      [op.ifEqual, 'next', 2, ipv4Number(from)],
      [op.loadWord, 'next', 'next', at.destination],
      [op.ifEqual, 'drop', 'next', ipv4Number(to)],
    ]),
    [op.loadWord, 'next', 'next', randomBits],
    [op.ifGreater, 'pass', 'drop', Math.floor(lossProbability * 0xffff_ffff)],
  ];
  const lines = { drop: body.length, pass: body.length + 1 };
  const distance = (target: Target, line: number): number => {
    if (target === 'next') return 0;
    return typeof target === 'number' ? target : lines[target] - line - 1;
  };
  const encoded = body.map(
    ([code, yes, no, operand], line) => `${code} ${distance(yes, line)} ${distance(no, line)} ${operand}`,
  );
  const ends = [verdicts.drop, verdicts.pass].map((verdict) => `${op.end} 0 0 ${verdict}`);
  return [body.length + ends.length, ...encoded, ...ends].join(',');
}
