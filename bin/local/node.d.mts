export interface Machine {
  readonly version: string;
  readonly platform: string;
  readonly arch: string;
  readonly hasGlibc: boolean;
}
export type Choice =
  | { readonly do: 'run' }
  | { readonly do: 'fetch'; readonly name: string }
  | { readonly do: 'refuse'; readonly reason: string };
export function machine(): Machine;
export function choice(machine: Machine): Choice;
export function fetchedNode(root: string, name: string, home?: string): string;
