/** The keys of a simulated Alipay and of the application that uses it, made when a test starts. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { certificate, type Names } from '../certificates.ts';

const DAY_MS = 24 * 3_600_000;

const rsaKeys = () => generateKeyPairSync('rsa', { modulusLength: 2048 });
const pemOf = (key: KeyObject): string => key.export({ type: 'spki', format: 'pem' }).toString();
/** As Alipay's console and its key tool show keys: base64 alone. */
const bareOf = (pem: string): string => pem.replace(/-----[^-]+-----|\s/g, '');

/** A key pair of Alipay, with its certificate. */
export interface AlipayKey {
  readonly privateKey: KeyObject;
  readonly publicKey: string;
  readonly certificate: string;
}

export interface Identity {
  readonly appId: string;
  readonly sellerId: string;
  readonly appPrivateKey: string;
  readonly appPublicKey: KeyObject;
  readonly appCertificate: string;
  readonly rootCertificate: string;
  /** Makes a new key of Alipay, as a change of keys or certificates does. */
  readonly alipayKey: () => AlipayKey;
}

const ROOT: Names = [
  ['C', 'CN'],
  ['O', 'Ant Financial'],
  ['OU', 'Certification Authority'],
  ['CN', 'Ant Financial Certification Authority R1 of a test'],
];

/** `nowMs`: certificates are good around it. */
export function makeIdentity(nowMs: number): Identity {
  const [root, app] = [rsaKeys(), rsaKeys()];
  let serial = 0x20_3f_00_11_22_33_44_55_66_77n;
  const certified = (subject: Names, publicKey: KeyObject): string =>
    certificate({
      subject,
      issuer: ROOT,
      serial: serial++,
      publicKey,
      signedWith: root.privateKey,
      fromMs: nowMs - DAY_MS,
      untilMs: nowMs + 1000 * DAY_MS,
    });
  return {
    // Neither has the check digit of a card's number, for which the audit looks everywhere.
    appId: '2021000000000002',
    sellerId: '2088000000000002',
    appPrivateKey: bareOf(app.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()),
    appPublicKey: app.publicKey,
    appCertificate: certified(
      [
        ['C', 'CN'],
        ['CN', '2088000000000002-2021000000000002'],
      ],
      app.publicKey,
    ),
    rootCertificate: certified(ROOT, root.publicKey),
    alipayKey() {
      const { privateKey, publicKey } = rsaKeys();
      return {
        privateKey,
        publicKey: bareOf(pemOf(publicKey)),
        certificate: certified(
          [
            ['C', 'CN'],
            ['CN', 'Alipay'],
          ],
          publicKey,
        ),
      };
    },
  };
}
