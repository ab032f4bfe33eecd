import {
  checkPartitions,
  type KeyAction,
  type KeyShown,
  type KvInput,
  type KvOutput,
  type KvState,
  kvModel,
  type Model,
} from '@hobnob/catalog/testing';
import type { Done, Input } from './requests.ts';

/** The model over operations that name their object. */
const model: Model<KvState, Input, KvOutput> = {
  initial: kvModel.initial,
  step: (state, { kv }, output) => kvModel.step(state, kv, output),
  keyOf: kvModel.keyOf,
};

const toldBefore = 8;

/** A verdict over a whole history. */
export interface Judgement {
  /** A small story for each object whose answers no order explains. */
  readonly broken: readonly string[];
  /** Objects for which a limit was reached first. */
  readonly undecided: readonly string[];
}

/** Holds every object of a history against the model. Pure. */
export function judge(history: readonly Done[]): Judgement {
  const broken: string[] = [];
  const undecided: string[] = [];
  for (const [object, verdict] of checkPartitions(model, history, (input) => input.object)) {
    if (verdict.kind === 'unknown') undecided.push(`${object}: ${verdict.limit}`);
    if (verdict.kind !== 'broken') continue;
    const own = history.filter(({ input }) => input.object === object);
    broken.push(storyOf(object, own, verdict.operation, verdict.open, verdict.states));
  }
  return { broken, undecided };
}

type Plain = Pick<Done, 'input' | 'output' | 'calledAt' | 'returnedAt'>;

function storyOf(
  object: string,
  own: readonly Done[],
  bad: Plain,
  open: readonly Plain[],
  states: readonly KvState[],
): string {
  const answered = own
    .filter(({ output, returnedAt }) => output !== undefined && returnedAt < bad.returnedAt)
    .toSorted((left, right) => left.returnedAt - right.returnedAt)
    .slice(-toldBefore);
  const wasOpen = own.filter((operation) => open.some((one) => one === operation));
  const culprit = own.filter((operation) => operation === bad);
  return [
    `no order of the operations on ${object} explains this answer:`,
    ...culprit.map((operation) => `  ${lineOf(operation)}`),
    'the last answers before it:',
    ...answered.map((operation) => `  ${lineOf(operation)}`),
    ...(wasOpen.length === 0 ? [] : ['open at that time:', ...wasOpen.map((one) => `  ${lineOf(one)}`)]),
    'what the store may have held then:',
    ...states.map((state) => `  ${stateText(state)}`),
  ].join('\n');
}

function lineOf({ client, round, input, output, calledAt, returnedAt }: Done): string {
  const times = `${calledAt.toFixed(1)}-${returnedAt.toFixed(1)} ms`;
  return `round ${round}, ${client}, ${times}: ${inputText(input.kv)} -> ${outputText(output)}`;
}

function inputText(input: KvInput): string {
  if (input.kind === 'txn') return `txn [${input.actions.map(actionText).join('; ')}]`;
  if (input.kind === 'end-session') return `end session ${input.session} (${input.behavior})`;
  return actionText(input);
}

function actionText(action: KeyAction): string {
  const { kind, key } = action;
  const parts = [
    'value' in action ? `= ${action.value}` : '',
    'index' in action ? `at ${action.index}` : '',
    'session' in action ? `by ${action.session}` : '',
  ];
  return [kind, key, ...parts].filter((part) => part !== '').join(' ');
}

function outputText(output: KvOutput | undefined): string {
  if (output === undefined) return 'no answer';
  if (output.kind === 'made') return output.made ? 'true' : 'false';
  if (output.kind === 'shown') return entryText(output.entry);
  return output.shown === undefined ? 'refused' : `[${output.shown.map(entryText).join(', ')}]`;
}

function entryText(entry: KeyShown | null): string {
  if (entry === null) return 'nothing';
  const { value, index, lockIndex, session } = entry;
  return `${value} (index ${index}${lockIndex === 0 ? '' : `, lock ${lockIndex} of ${session || 'nobody'}`})`;
}

function stateText({ entries }: KvState): string {
  const texts = [...entries].map(([key, { value, index, above, lockIndex, session }]) => {
    const at = index === undefined ? `above ${above}` : `${index}`;
    return `${key} = ${value} (index ${at}${lockIndex === 0 ? '' : `, lock ${lockIndex} of ${session || 'nobody'}`})`;
  });
  return texts.length === 0 ? 'nothing' : texts.join('; ');
}
