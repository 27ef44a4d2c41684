import { type JsonValue, SmError } from '@cssi/sm-core';
import { elementAt } from './asn1.ts';
import { kindOf, type ObjectKind } from './detect.ts';
import { type Entry, type Label, label } from './entry.ts';
import type { FileObject } from './input.ts';
import type { InspectContext, Inspected } from './inspected.ts';
import { outline } from './outline.ts';
import { inspectCertificate } from './show-certificate.ts';
import { inspectCfca, inspectEnvelopedKey, inspectPkcs12 } from './show-containers.ts';
import { inspectEncryptedKey, inspectPrivateKey, inspectPublicKey } from './show-keys.ts';
import { inspectMessage } from './show-message.ts';
import { inspectRequest } from './show-request.ts';
import { inspectCrl, inspectOcspRequest, inspectOcspResponse } from './show-revocation.ts';
import {
  inspectTimeStampRequest,
  inspectTimeStampResponse,
  inspectTimeStampToken,
} from './show-time-stamp.ts';

type Inspector = (object: FileObject, context: InspectContext) => Inspected | Promise<Inspected>;

const TITLES: Readonly<Record<ObjectKind, Label>> = {
  certificate: label('数字证书', 'Certificate'),
  'certificate-request': label('证书请求', 'Certificate request (PKCS#10)'),
  crl: label('证书吊销列表', 'CRL'),
  'ocsp-request': label('OCSP 请求', 'OCSP request'),
  'ocsp-response': label('OCSP 响应', 'OCSP response'),
  message: label('密码消息', 'Message'),
  'time-stamp-request': label('时间戳请求', 'Time stamp request'),
  'time-stamp-response': label('时间戳响应', 'Time stamp response'),
  'time-stamp-token': label('时间戳令牌', 'Time stamp token'),
  'private-key': label('私钥（PKCS#8）', 'Private key (PKCS#8)'),
  'encrypted-private-key': label('加密私钥', 'Encrypted private key'),
  'ec-private-key': label('私钥（SEC 1）', 'Private key (SEC 1)'),
  'rsa-private-key': label('私钥（PKCS#1）', 'Private key (PKCS#1)'),
  'public-key': label('公钥', 'Public key'),
  pkcs12: label('PKCS#12 容器', 'PKCS#12 container'),
  'cfca-container': label('CFCA SM2 容器', 'CFCA SM2 container'),
  'enveloped-key': label('SM2 密钥对保护数据', 'SM2EnvelopedKey'),
  'sm2-signature': label('SM2 签名值', 'SM2 signature value'),
  'sm2-cipher': label('SM2 密文', 'SM2 cipher'),
  unknown: label('未识别的结构', 'Unknown structure'),
};

/** Values whose outline says all there is to say. */
const outlined: Inspector = ({ der, pemLabel }, context) => {
  const kind = kindOf(der, pemLabel);
  const whole = elementAt(der, 0)?.raw.length === der.length;
  return {
    kind,
    title: TITLES[kind],
    entries: outline(der, { isPublic: false, showIdentity: context.showIdentity }),
    json: { bytes: der.length, pemLabel: pemLabel ?? null },
    failed: !whole,
  };
};

const INSPECTORS: Readonly<Record<ObjectKind, Inspector>> = {
  certificate: ({ der }, context) => inspectCertificate(der, context),
  'certificate-request': ({ der }, context) => inspectRequest(der, context),
  crl: ({ der }, context) => inspectCrl(der, context),
  'ocsp-request': ({ der }, context) => inspectOcspRequest(der, context),
  'ocsp-response': ({ der }, context) => inspectOcspResponse(der, context),
  message: ({ der }, context) => inspectMessage(der, context),
  'time-stamp-request': ({ der }, context) => inspectTimeStampRequest(der, context),
  'time-stamp-response': ({ der }, context) => inspectTimeStampResponse(der, context),
  'time-stamp-token': ({ der }, context) => inspectTimeStampToken(der, context),
  'private-key': ({ der }, context) => inspectPrivateKey(der, 'private-key', context),
  'encrypted-private-key': (object, context) => inspectEncryptedKey(object, context),
  'ec-private-key': (object, context) =>
    object.der.length === 0
      ? inspectEncryptedKey(object, context)
      : inspectPrivateKey(object.der, 'ec-private-key', context),
  'rsa-private-key': (object, context) =>
    object.der.length === 0
      ? inspectEncryptedKey(object, context)
      : inspectPrivateKey(object.der, 'rsa-private-key', context),
  'public-key': ({ der }) => inspectPublicKey(der),
  pkcs12: ({ der }, context) => inspectPkcs12(der, context),
  'cfca-container': ({ der }, context) => inspectCfca(der, context),
  'enveloped-key': ({ der }) => inspectEnvelopedKey(der),
  'sm2-signature': outlined,
  'sm2-cipher': outlined,
  unknown: outlined,
};

function failed({ der }: FileObject, kind: ObjectKind, error: SmError, context: InspectContext): Inspected {
  const { code, status, message, messageZh } = error;
  const why: Entry = { label: code, value: label(messageZh, message) };
  const outside: Entry = {
    label: label('结构', 'Structure'),
    below: outline(der, { isPublic: false, showIdentity: context.showIdentity }),
  };
  return {
    kind,
    title: label(`无法解读：${TITLES[kind].zh}`, `Cannot be read: ${TITLES[kind].en}`),
    entries: der.length === 0 ? [why] : [why, outside],
    json: { error: { code, status, message, messageZh } },
    failed: true,
  };
}

/** Shows one object of a file; one that cannot be read is shown by its structure, with the reason. */
export async function inspectObject(object: FileObject, context: InspectContext): Promise<Inspected> {
  if (object.leftOver === true) {
    const bytes = object.der.length;
    return {
      kind: 'unknown',
      title: label(`尾随数据：${bytes} 字节`, `Data behind the last structure: ${bytes} bytes`),
      entries: [],
      json: { leftOverBytes: bytes } satisfies Record<string, JsonValue>,
      failed: true,
    };
  }
  const kind = kindOf(object.der, object.pemLabel);
  try {
    return await INSPECTORS[kind](object, context);
  } catch (error) {
    if (!(error instanceof SmError)) throw error;
    return failed(object, kind, error, context);
  }
}
