/** Requests of AWS's clients are read whole: what the product does not use would be without effect here. */

/** Throws, naming it, for a member that has a value. `service` is for the message. */
export function assertNoOthers(service: string, others: object): void {
  const [name] = Object.entries(others).find(([, value]) => value !== undefined) ?? [];
  if (name !== undefined) throw new Error(`${service}: ${name} is not known here`);
}
