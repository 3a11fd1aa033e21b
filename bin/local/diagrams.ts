/** The diagrams of docs/diagrams, each drawn from the table, list or text that it shows. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Graphviz } from '@hpcc-js/wasm-graphviz';
import { NEXT_SESSION_STATUS } from '../../functions/checkout/session.ts';
import { NEXT_DISPUTE_STATUS } from '../../functions/disputes/dispute.ts';
import { NEXT_STATUS } from '../../functions/payments/payment.ts';
import { NEXT_PAYOUT_STATUS } from '../../functions/payouts/payout.ts';
import { NEXT_PRODUCT_STATUS } from '../../functions/products/product.ts';
import { NEXT_REFUND_STATUS } from '../../functions/refunds/refund.ts';
import { NEXT_SETUP_STATUS } from '../../functions/setup-intents/setup-intent.ts';
import { settlementMachine } from '../../lib/settlement-machine.ts';
import { ROOT } from './files.ts';
import { sequenceSvg } from './sequence.ts';
import { LAYERS } from './structure.ts';

export const DIAGRAMS = 'docs/diagrams';

type Transitions = Readonly<Record<string, readonly string[]>>;
interface Machine {
  readonly first: readonly string[];
  readonly next: Transitions;
}

/** The transition tables. A new table is a new line. */
const MACHINES: Readonly<Record<string, Machine>> = {
  'payment-states': { first: ['requires_payment_method', 'requires_confirmation', 'processing'], next: NEXT_STATUS },
  'dispute-states': { first: ['warning_needs_response', 'needs_response'], next: NEXT_DISPUTE_STATUS },
  'refund-states': { first: ['pending'], next: NEXT_REFUND_STATUS },
  'setup-intent-states': {
    first: ['requires_payment_method', 'requires_confirmation', 'processing'],
    next: NEXT_SETUP_STATUS,
  },
  'payout-states': { first: ['pending'], next: NEXT_PAYOUT_STATUS },
  'checkout-session-states': { first: ['open'], next: NEXT_SESSION_STATUS },
  'product-states': { first: ['present'], next: NEXT_PRODUCT_STATUS },
};

const STYLE = `graph [fontname="Helvetica" fontsize=12 bgcolor="white" pad=0.2];
  node [fontname="Helvetica" fontsize=12 shape=box style="rounded,filled" fillcolor="#e8f0fe" color="#4a6fa5"];
  edge [fontname="Helvetica" fontsize=10 color="#333333"];`;
const quoted = (text: string): string => JSON.stringify(text);
const digraph = (direction: 'LR' | 'TB', lines: readonly string[]): string =>
  ['digraph {', `  rankdir=${direction};`, `  ${STYLE}`, ...lines.map((line) => `  ${line}`), '}', ''].join('\n');

/** A state machine: final states have a double border, first states an arrow from a point. A state that no move leads to is left out. */
function statesOf({ first, next }: Machine): string {
  const reached = new Set(Object.values(next).flat());
  const final = Object.keys(next).filter((state) => reached.has(state) && next[state]!.length === 0);
  return digraph('LR', [
    'start [shape=circle label="" width=0.15 style=filled fillcolor="#333333"];',
    ...final.map((state) => `${quoted(state)} [peripheries=2];`),
    ...first.map((state) => `start -> ${quoted(state)};`),
    ...Object.entries(next).flatMap(([from, states]) => states.map((to) => `${quoted(from)} -> ${quoted(to)};`)),
  ]);
}

/** The layers, highest first, as bands of folders. */
function contextMap(): string {
  const widest = Math.max(...LAYERS.map((layer) => layer.length));
  const band = (layer: readonly string[], number: number): string => {
    const cells = layer.map((folder) => `<td bgcolor="#e8f0fe" border="1">${folder}</td>`);
    const rows = Array.from({ length: Math.ceil(cells.length / 5) }, (_, row) => cells.slice(row * 5, row * 5 + 5));
    const inner = rows.map((row) => `<tr>${row.join('')}</tr>`).join('');
    return `<tr><td border="0">${number}</td><td align="left" border="0"><table border="0" cellborder="1" cellspacing="4" cellpadding="5" color="#4a6fa5">${inner}</table></td></tr>`;
  };
  const bands = LAYERS.map((layer, index) => band(layer, index + 1)).reverse();
  const note = 'A folder imports from lower layers and from the folders to its left.';
  return digraph('TB', [
    `map [shape=plain style="" label=<<table border="0" cellborder="0" cellspacing="3">${bands.join('')}<tr><td></td><td align="left">${note}</td></tr></table>>];`,
    `// at most ${widest} folders in a layer`,
  ]);
}

interface AslState {
  readonly Type: string;
  readonly Next?: string;
  readonly Default?: string;
  readonly Choices?: readonly { readonly Variable: string; readonly StringEquals?: string; readonly Next: string }[];
}

/** What each step of a settlement does, beside its name. */
const STEPS: Readonly<Record<string, string>> = {
  Seal: 'compare records with entries,\nstore the manifest, close the period',
  Settle: 'net per currency, hold back the reserve,\nmove to available, make the payout',
  Report: 'write the reports to the bucket',
  Pay: 'order payouts at the bank,\nask what became of them',
};

/** The settlement's state machine, as it is deployed. */
function settlement(): string {
  const { StartAt, States } = settlementMachine('') as { StartAt: string; States: Record<string, AslState> };
  const shapes: Readonly<Record<string, string>> = {
    Choice: 'shape=diamond style=filled',
    Wait: 'fillcolor="#fff8dc"',
  };
  const edge = (from: string, to: string, label = ''): string =>
    `${quoted(from)} -> ${quoted(to)}${label && ` [label=${quoted(label)}]`};`;
  return digraph('TB', [
    'start [label="cut-off: settlement-due, every 5 minutes" fillcolor="#f3f3f3"];',
    edge('start', StartAt),
    ...Object.entries(States).map(([name, { Type }]) => {
      const label = STEPS[name] === undefined ? name : `${name}\n${STEPS[name]}`;
      return `${quoted(name)} [label=${quoted(label)} ${shapes[Type] ?? ''}${Type === 'Succeed' ? 'peripheries=2' : ''}];`;
    }),
    ...Object.entries(States).flatMap(([name, { Next, Default, Choices = [] }]) => [
      ...(Next === undefined ? [] : [edge(name, Next)]),
      ...Choices.map((choice) => edge(name, choice.Next, choice.StringEquals ?? choice.Variable.slice(2))),
      ...(Default === undefined ? [] : [edge(name, Default, 'otherwise')]),
    ]),
  ]);
}

/** Every diagram by its file. The same sources give the same bytes. */
export async function diagrams(): Promise<ReadonlyMap<string, string>> {
  const graphviz = await Graphviz.load();
  const sources: Readonly<Record<string, string>> = {
    'context-map': contextMap(),
    settlement: settlement(),
    ...Object.fromEntries(Object.entries(MACHINES).map(([name, machine]) => [name, statesOf(machine)])),
  };
  const drawn = Object.entries(sources).map(([name, dot]) => [name, graphviz.dot(dot)] as const);
  const sequence = sequenceSvg(readFileSync(join(ROOT, DIAGRAMS, 'payment.txt'), 'utf8'));
  return new Map([...drawn, ['payment', sequence] as const].map(([name, svg]) => [`${DIAGRAMS}/${name}.svg`, svg]));
}
