/** Which endpoint may stand for an emulator: the local target can be destroyed at any time and calls loopback, so AWS must never get it. */

/** Suffixes of AWS's own endpoints, in every partition. */
const AWS_DOMAINS = [
  'amazonaws.com',
  'amazonaws.com.cn',
  'amazonaws.eu',
  'amazonwebservices.com.cn',
  'amazonwebservices.eu',
  'api.aws',
  'on.aws',
  'aws.scloud',
  'ic.gov',
  'sgov.gov',
  'adc-e.uk',
];

const LOOPBACK = /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** Names the host of an emulator on another machine or in a container, such as `localstack`. Its user confirms that it is no AWS endpoint. */
export const HOST_VARIABLE = 'SLUICE_EMULATOR_HOST';

type Environment = Readonly<Record<string, string | undefined>>;

export const isAwsHost = (hostname: string): boolean => {
  const host = hostname.toLowerCase().replace(/\.$/, '');
  return AWS_DOMAINS.some((domain) => host === domain || host.endsWith(`.${domain}`));
};

/**
 * The address that AWS clients are sent to by this environment, without a trailing slash. Throws when any client would reach AWS (no
 * address, one of AWS's, or a setting that ignores the address), and for a host that is neither loopback nor the one in SLUICE_EMULATOR_HOST.
 */
export function emulatorEndpoint(environment: Environment): string {
  const endpoint = environment.AWS_ENDPOINT_URL;
  if (!endpoint)
    throw new Error(
      'target=local: AWS_ENDPOINT_URL is not set, so this would go to AWS. Set it to the emulator’s address, or use -c target=aws.',
    );
  if (environment.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS?.toLowerCase() === 'true')
    throw new Error(
      'target=local: AWS_IGNORE_CONFIGURED_ENDPOINT_URLS is true, so this would go to AWS in spite of AWS_ENDPOINT_URL. Unset it.',
    );
  for (const [name, value] of Object.entries(environment))
    if (value && /^AWS_ENDPOINT_URL(_|$)/.test(name)) assertEmulator(name, value, environment[HOST_VARIABLE]);
  return endpoint.replace(/\/+$/, '');
}

function assertEmulator(name: string, value: string, allowedHost: string | undefined): void {
  if (!URL.canParse(value)) throw new Error(`target=local: ${name}=${value}: is not an address`);
  const { hostname } = new URL(value);
  if (isAwsHost(hostname))
    throw new Error(`target=local: ${name}=${value}: is AWS, not an emulator. Unset it, or use -c target=aws.`);
  if (!LOOPBACK.test(hostname) && hostname !== allowedHost?.toLowerCase())
    throw new Error(
      `target=local: ${name}=${value}: is not on this machine. If an emulator listens there, set ${HOST_VARIABLE}=${hostname}.`,
    );
}
