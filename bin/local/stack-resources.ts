/** What an emulator calls the resources of a stack. Asked in CloudFormation's own protocol: one question is not worth a package. */
import { Failure } from './failure.ts';

/** Emulators read the service's name out of it and check nothing else. */
const AUTHORIZATION =
  'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/cloudformation/aws4_request, SignedHeaders=host, Signature=0';

/** The physical names of a stack's resources of one type (all, if none is given) by their logical ids. */
export async function physicalNames(
  endpoint: string,
  stack: string,
  type?: string,
): Promise<ReadonlyMap<string, string>> {
  const names = new Map<string, string>();
  let next: string | undefined;
  do {
    const page = await listResources(endpoint, stack, next);
    for (const [, member = ''] of page.matchAll(/<member>(.*?)<\/member>/gs))
      if (type === undefined || element(member, 'ResourceType') === type)
        names.set(element(member, 'LogicalResourceId') ?? '', element(member, 'PhysicalResourceId') ?? '');
    next = element(page, 'NextToken');
  } while (next !== undefined);
  return names;
}

async function listResources(endpoint: string, stack: string, next: string | undefined): Promise<string> {
  const question = { Action: 'ListStackResources', StackName: stack };
  return askCloudFormation(endpoint, next === undefined ? question : { ...question, NextToken: next });
}

/** The XML that answers a question. Throws a Failure where the emulator refuses it. */
export async function askCloudFormation(
  endpoint: string,
  question: Readonly<Record<string, string>> & { readonly Action: string; readonly StackName: string },
): Promise<string> {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: { authorization: AUTHORIZATION },
    body: new URLSearchParams({ ...question, Version: '2010-05-15' }),
  });
  const text = await response.text();
  if (!response.ok) throw new Failure(`deploy: ${question.Action} of ${question.StackName}: ${text.slice(0, 300)}`);
  return text;
}

export const element = (xml: string, name: string): string | undefined =>
  new RegExp(`<${name}>([^<]+)</${name}>`).exec(xml)?.[1];
