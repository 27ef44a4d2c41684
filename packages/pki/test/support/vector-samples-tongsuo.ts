import { toHex } from '@cssi/sm-core';
import { expectSame } from '../../src/conformance/vectors/case.ts';
import { decodeSm2PublicKeyInfo, pemDecode } from '../../src/index.ts';
import { parseCertificateRequest, verifyCertificateRequest } from '../../src/request/index.ts';
import type { Sm2SignerId } from '../../src/spec/v1/signer.ts';
import { sharedText } from './shared.ts';
import { certificatesOf, judged, keyOf, type SampleChecks } from './vector-samples.ts';

export const TONGSUO = 'samples/seal/tongsuo-certs/';

const file = (name: string) => certificatesOf(TONGSUO + name);
const top = (name: string) => () => ({ anchors: file(name).slice(0, 1) });
/** Root and CA below it. */
const chain = () => {
  const [anchor, sub] = file('sm2_chain-ca.crt');
  return { anchors: [anchor!], intermediates: [sub!] };
};
/** CA and root, in this order. */
const longer = () => {
  const [middle, anchor] = file('sm2-chain-ca.crt');
  return { anchors: [anchor!], intermediates: [middle!] };
};

/** Certificates signed over plain SM3: refused by the standard, accepted by who asks for it. */
const withoutZ =
  (expected: readonly string[]): SampleChecks =>
  (path) => {
    const options = top('sm2-noza-root-cert.pem');
    const signerIds: readonly Sm2SignerId[] = ['plain-sm3'];
    return [judged(expected, options), judged([], () => ({ ...options(), signerIds }))].flatMap((checks) =>
      typeof checks === 'function' ? checks(path) : checks,
    );
  };

/** A request: right under these signer IDs, and wrong under the others. */
const request =
  (right: 'default' | 'plain-sm3'): SampleChecks =>
  (path) => [
    {
      id: path,
      run() {
        const read = parseCertificateRequest(pemDecode(sharedText(path), 'CERTIFICATE REQUEST')[0]!);
        const plain = verifyCertificateRequest(read, { signerIds: ['plain-sm3'] }).check;
        expectSame(
          [verifyCertificateRequest(read).check, plain],
          right === 'default' ? ['right', 'wrong'] : ['wrong', 'right'],
          'proof of possession',
        );
      },
    },
  ];

const publicKey: SampleChecks = (path) => [
  {
    id: path,
    run() {
      const point = decodeSm2PublicKeyInfo(pemDecode(sharedText(path), 'PUBLIC KEY')[0]!);
      expectSame(toHex(point), toHex(file('sm2-cert.pem')[0]!.sm2PublicKey!), 'public key');
    },
  },
];

const good = judged([], chain);
const expired = judged(['CERTIFICATE_EXPIRED'], chain);
/** Of another CA, which is not among the files. */
const foreign = judged(['ISSUER_UNKNOWN', 'NO_PATH_TO_ANCHOR'], chain);
const pairs = ['client_enc', 'client_sign', 'server_enc', 'server_sign'];

/** What every file of the folder must come to. */
export const TONGSUO_SAMPLES: ReadonlyMap<string, SampleChecks> = new Map<string, SampleChecks>([
  ['sm2_chain-ca.crt', good],
  ['sm2-chain-ca.crt', judged([], () => ({ anchors: file('sm2-chain-ca.crt').slice(1) }))],
  ['sm2-leaf.crt', judged([], longer)],
  ['sm2-leaf.key', keyOf('sm2-leaf.crt')],
  ...pairs.map((name) => [`sm2_${name}.crt`, good] as const),
  ...pairs.map((name) => [`sm2_${name}.key`, keyOf(`sm2_${name}.crt`)] as const),
  ...pairs.map((name) => [`sm2_${name}_expire.crt`, expired] as const),
  ['sm2_server_enc2.crt', foreign],
  ['sm2_server_sign2.crt', foreign],
  ['sm2_server_enc2.key', keyOf('sm2_server_enc2.crt')],
  ['sm2_server_sign2.key', keyOf('sm2_server_sign2.crt')],
  ['sm2-root-cert.pem', judged([], top('sm2-root-cert.pem'))],
  ['sm2-cert.pem', judged([], top('sm2-root-cert.pem'))],
  ['sm2-first-crt.pem', judged([], top('sm2-root-cert.pem'))],
  ['sm2-first-key.pem', keyOf('sm2-first-crt.pem')],
  ['sm2-root.key', keyOf('sm2-root-cert.pem')],
  ['sm2.key', keyOf('sm2-cert.pem')],
  ['sm2_begin_ec.key', keyOf('sm2-cert.pem')],
  ['sm2_begin_sm2.key', keyOf()],
  ['sm2pub.key', publicKey],
  ['sm2-csr.pem', request('default')],
  ['sm2-noza-csr.pem', request('plain-sm3')],
  ['sm2-noza-root-cert.pem', withoutZ(['CERTIFICATE_SIGNER_ID_WRONG'])],
  ['sm2-noza-cert.pem', withoutZ(['CERTIFICATE_SIGNER_ID_WRONG', 'NO_PATH_TO_ANCHOR'])],
]);
