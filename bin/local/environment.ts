/** What AWS clients need to talk to an emulator. */
export const LOCAL_REGION = 'us-east-1';

/** The environment, with an emulator in place of whatever account the caller's credentials are for. */
export function emulatorEnvironment(endpoint: string): NodeJS.ProcessEnv {
  const { AWS_PROFILE, AWS_SESSION_TOKEN, ...others } = process.env;
  return {
    ...others,
    AWS_ENDPOINT_URL: endpoint,
    AWS_ENDPOINT_URL_S3: endpoint,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_REGION: LOCAL_REGION,
    AWS_DEFAULT_REGION: LOCAL_REGION,
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}
