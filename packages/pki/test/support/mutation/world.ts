import { Secret, sm2, utf8 } from '@cssi/sm-core';
import { sm2SoftwareDecipherer, sm2SoftwareSigner } from '../../../src/adapters/software.ts';
import { encryptPrivateKey, envelopeKeyPair, sealPkcs12 } from '../../../src/containers/index.ts';
import {
  createCertificateRequest,
  createOcspRequest,
  createOcspResponse,
  encodeSm2PrivateKey,
  issueCertificate,
  issueCrl,
  type KeyDecipherer,
  parseCertificate,
  parseOcspRequest,
} from '../../../src/index.ts';
import {
  createKeyAgreementInfo,
  encryptMessage,
  encryptWithKey,
  signAndEncryptMessage,
  signMessage,
} from '../../../src/messages/index.ts';
import {
  createTimeStampAuthority,
  createTimeStampRequest,
  grantedToken,
  parseTimeStampResponse,
} from '../../../src/timestamp/index.ts';
import { day, NOW, request, root, under } from '../authority.ts';

export const CONTENT: Uint8Array = utf8('内容 content');
export const PASSWORD = 'a password';
/** As few as the writer allows: thousands of mutations derive thousands of keys. */
const ITERATIONS = 1000;

/** A valid object of each kind, made once. */
export async function makeWorld() {
  const top = await root({ pathLength: 1 });
  const ca = await under(top, '二级 CA', { profile: 'sub-ca' });
  const signer = await under(ca, '张三', {
    dnsNames: ['a.example.cn', '*.example.cn'],
    ipAddresses: ['127.0.0.1', '::1'],
    identity: { organization: '91370000MA3DQTPN0U' },
  });
  const pair = sm2.generateKeyPair();
  const decipherer: KeyDecipherer = sm2SoftwareDecipherer(pair);
  const receiverSpec = request({
    subject: { commonName: '接收者' },
    issuer: { raw: ca.certificate.subjectRaw },
    publicKeyInfo: decipherer.publicKeyInfo,
    profile: 'person-encryption',
  });
  const receiver = parseCertificate(await issueCertificate(receiverSpec, ca.signer));
  const tsa = await under(ca, '时间戳', { profile: 'tsa' });
  const key = Secret.copy(new Uint8Array(16).fill(7));
  const crlSpec = {
    issuer: ca.certificate,
    thisUpdate: day(-1),
    nextUpdate: day(7),
    entries: [
      { serial: Uint8Array.of(5), revocationDate: day(-3), reason: 'keyCompromise', invalidityDate: day(-5) },
      { serial: Uint8Array.of(6), revocationDate: day(-2) },
    ],
  } as const;
  const crl = await issueCrl({ ...crlSpec, crlNumber: 2 }, ca.signer);
  const ocspRequest = createOcspRequest({
    certificate: signer.certificate,
    issuer: ca.certificate,
    nonce: new Uint8Array(16).fill(3),
  });
  const certId = parseOcspRequest(ocspRequest).certIds[0]!;
  const ocspResponse = await createOcspResponse(
    {
      responder: ca.certificate,
      producedAt: NOW,
      answers: [{ certId, status: 'good', thisUpdate: day(-1), nextUpdate: day(1) }],
    },
    ca.signer,
  );
  const signers = [{ signer: signer.signer, certificate: signer.certificate }];
  const recipients = [{ certificate: receiver }];
  const stampRequest = createTimeStampRequest({ content: CONTENT });
  const authority = createTimeStampAuthority({
    ...{ signer: tsa.signer, certificate: tsa.certificate, policy: '1.2.3.4', clock: () => NOW },
    serial: () => Uint8Array.of(1, 2, 3),
  });
  const stampResponse = await authority.reply(stampRequest);
  const encryption = { iterations: ITERATIONS };
  const holder = sm2.generateKeyPair();
  return {
    anchors: [top.certificate],
    intermediates: [ca.certificate],
    ca,
    signer,
    tsa,
    receiver,
    decipherer,
    key,
    certificates: [signer.certificate.raw, tsa.certificate.raw, ca.certificate.raw, top.certificate.raw],
    csr: await createCertificateRequest(
      { subject: { commonName: '申请者' }, dnsNames: ['b.cn'], challengePassword: 'x' },
      sm2SoftwareSigner(holder),
    ),
    crls: [crl, await issueCrl({ ...crlSpec, crlNumber: 3, baseCrlNumber: 2 }, ca.signer)],
    ocspRequest,
    ocspResponse,
    signed: [
      await signMessage(CONTENT, { syntax: 'gbt35275', signers }),
      await signMessage(CONTENT, {
        syntax: 'rfc5652',
        signers: [{ ...signers[0]!, signingTime: NOW }],
        certificates: [ca.certificate],
        crls: [crl],
      }),
    ],
    enveloped: [
      await encryptMessage(CONTENT, { syntax: 'gbt35275', recipients }),
      await encryptMessage(CONTENT, { syntax: 'rfc5652', recipients, cipher: 'sm4-gcm' }),
    ],
    signedAndEnveloped: await signAndEncryptMessage(CONTENT, { syntax: 'gbt35275', signers, recipients }),
    encrypted: encryptWithKey(CONTENT, { syntax: 'gbt35275', key }),
    agreement: createKeyAgreementInfo({
      temporaryPublicKey: pair.publicKey,
      certificate: receiver,
      userId: CONTENT,
    }),
    stampRequest,
    stampResponse,
    token: grantedToken(parseTimeStampResponse(stampResponse)),
    pkcs8: encodeSm2PrivateKey(holder),
    spki: decipherer.publicKeyInfo,
    encryptedKey: await encryptPrivateKey(holder, PASSWORD, encryption),
    pkcs12: await sealPkcs12({ keys: [{ key: holder, friendlyName: '钥匙' }] }, PASSWORD, encryption),
    envelopedKey: envelopeKeyPair(pair.publicKey, holder),
  };
}

export type World = Awaited<ReturnType<typeof makeWorld>>;
