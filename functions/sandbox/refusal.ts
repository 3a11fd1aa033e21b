/** Requests that the sandbox does not carry out, as one closed list with their HTTP status. Declines are answers, not refusals. */
export const REFUSALS = {
  malformed: 400,
  amount_not_payable: 400,
  wrong_id: 400,
  unauthorised: 401,
  not_found: 404,
  reference_used: 409,
  changed_meanwhile: 409,
  order_closed: 409,
  too_large: 413,
  not_accepted: 429,
  unavailable: 503,
} as const;

export interface Refusal {
  readonly refused: keyof typeof REFUSALS;
  readonly message: string;
}

export const refuse = (refused: Refusal['refused'], message: string): Refusal => ({ refused, message });
export const isRefusal = (value: object): value is Refusal => 'refused' in value;
