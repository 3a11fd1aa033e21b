/** The gateway's protocol from Alipay's side: requests are verified with the application's key, answers signed with Alipay's. */
import { sign, verify } from 'node:crypto';
import { certificatesIn, rootSerialOf, serialOf } from '../../../functions/channels/alipay/keys.ts';
import type { AlipayKey, Identity } from './identity.ts';
import type { Biz, Members } from './methods.ts';

export interface Signing {
  readonly identity: Identity;
  readonly mode: 'keys' | 'certificates';
  readonly key: () => AlipayKey;
}

export interface GatewayError {
  readonly code: string;
  readonly subCode: string;
}

export type GatewayRequest =
  | { readonly method: string; readonly biz: Biz; readonly notifyUrl: string; readonly returnUrl: string }
  | { readonly method: string; readonly error: GatewayError };

/** Parameters from the address and from the form together, verified. */
export function readRequest(url: URL, body: string, { identity, mode }: Signing): GatewayRequest {
  const given = [...url.searchParams, ...new URLSearchParams(body)];
  const parameters = Object.fromEntries(given);
  const { method = '', sign: signature = '', ...rest } = parameters;
  const wrong = (subCode: string, code = '40002'): GatewayRequest => ({ method, error: { code, subCode } });
  if (given.length !== Object.keys(parameters).length) return wrong('isv.invalid-parameter');
  if (rest.app_id !== identity.appId) return wrong('isv.invalid-app-id');
  if (rest.sign_type !== 'RSA2' || rest.version !== '1.0' || rest.charset !== 'utf-8')
    return wrong('isv.missing-version');
  if (!/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(rest.timestamp ?? '')) return wrong('isv.invalid-timestamp');
  if (mode === 'certificates') {
    const [app] = certificatesIn(identity.appCertificate);
    if (rest.app_cert_sn !== serialOf(app!)) return wrong('isv.app-cert-not-match');
    if (rest.alipay_root_cert_sn !== rootSerialOf(identity.rootCertificate))
      return wrong('isv.alipay-root-cert-not-match');
  }
  const content = Object.entries({ method, ...rest })
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map((pair) => pair.join('='))
    .join('&');
  const isGenuine = verify('RSA-SHA256', Buffer.from(content), identity.appPublicKey, Buffer.from(signature, 'base64'));
  if (!isGenuine) return wrong('isv.invalid-signature');
  const biz = JSON.parse(rest.biz_content ?? '{}') as Biz;
  return { method, biz, notifyUrl: rest.notify_url ?? '', returnUrl: rest.return_url ?? '' };
}

export const errorText = ({ code, subCode }: GatewayError): Members => ({
  code,
  msg: code === '20000' ? 'Service Currently Unavailable' : 'Business Failed',
  sub_code: subCode,
  sub_msg: '失败',
});

/** As Alipay writes it: slashes are escaped, and the signature covers the text as it stands. */
export function signedAnswer({ mode, key }: Signing, method: string, members: Members): string {
  const { privateKey, certificate } = key();
  const node = JSON.stringify(members).replaceAll('/', '\\/');
  const signature = sign('RSA-SHA256', Buffer.from(node), privateKey).toString('base64');
  const certified = mode === 'certificates' ? `,"alipay_cert_sn":"${serialOf(certificatesIn(certificate)[0]!)}"` : '';
  return `{"${method.replaceAll('.', '_')}_response":${node}${certified},"sign":"${signature}"}`;
}
