/** What an emulator calls the resources of a stack. Asked in CloudFormation's own protocol: one question is not worth a package. */
import { Failure } from './failure.ts';

/** Emulators read the service's name out of it and check nothing else. */
const AUTHORIZATION =
  'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/cloudformation/aws4_request, SignedHeaders=host, Signature=0';

/** The physical names of a stack's resources of one type by their logical ids. */
export async function physicalNames(
  endpoint: string,
  stack: string,
  type: string,
): Promise<ReadonlyMap<string, string>> {
  const names = new Map<string, string>();
  let next: string | undefined;
  do {
    const page = await listResources(endpoint, stack, next);
    for (const [, member = ''] of page.matchAll(/<member>(.*?)<\/member>/gs))
      if (element(member, 'ResourceType') === type)
        names.set(element(member, 'LogicalResourceId') ?? '', element(member, 'PhysicalResourceId') ?? '');
    next = element(page, 'NextToken');
  } while (next !== undefined);
  return names;
}

async function listResources(endpoint: string, stack: string, next: string | undefined): Promise<string> {
  const question = { Action: 'ListStackResources', Version: '2010-05-15', StackName: stack };
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: { authorization: AUTHORIZATION },
    body: new URLSearchParams(next === undefined ? question : { ...question, NextToken: next }),
  });
  const text = await response.text();
  if (!response.ok)
    throw new Failure(`deploy: the resources of stack ${stack} cannot be listed: ${text.slice(0, 300)}`);
  return text;
}

const element = (xml: string, name: string): string | undefined =>
  new RegExp(`<${name}>([^<]+)</${name}>`).exec(xml)?.[1];
