/** Switches the schedules of an emulator off and on, as `aws events disable-rule` does. Asked in the service's own protocol: two questions are not worth a package. */
import { Failure } from './failure.ts';

const HEADERS = {
  'content-type': 'application/x-amz-json-1.1',
  // Emulators read the service's name out of it and check nothing else.
  authorization:
    'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/events/aws4_request, SignedHeaders=host, Signature=0',
};

async function ask(
  endpoint: string,
  action: string,
  body: object,
): Promise<{ readonly Rules?: readonly { readonly Name: string }[] }> {
  const headers = { ...HEADERS, 'x-amz-target': `AWSEvents.${action}` };
  const response = await fetch(endpoint, { method: 'POST', headers, body: JSON.stringify(body) });
  const text = await response.text();
  if (!response.ok) throw new Failure(`schedules: ${action}: ${response.status} ${text.slice(0, 300)}`);
  return text === '' ? {} : (JSON.parse(text) as { Rules?: { Name: string }[] });
}

/** Enables or disables every rule of the stack; returns how many there are. */
export async function switchSchedules(endpoint: string, stack: string, on: boolean): Promise<number> {
  const { Rules = [] } = await ask(endpoint, 'ListRules', { NamePrefix: `${stack}-` });
  for (const { Name } of Rules) await ask(endpoint, on ? 'EnableRule' : 'DisableRule', { Name });
  return Rules.length;
}
