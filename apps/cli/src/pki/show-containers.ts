import { openCfcaSm2, openPkcs12, type Pkcs12Contents } from '@cssi/pki/containers';
import { type JsonValue, toHex } from '@cssi/sm-core';
import { childrenOf, elementAt, oidOf } from './asn1.ts';
import { type Entry, entry, label } from './entry.ts';
import { findingEntries, type InspectContext, type Inspected } from './inspected.ts';
import { personal } from './names.ts';
import { oidText } from './oid-names.ts';
import { inspectCertificate } from './show-certificate.ts';
import { closedEntry, destroyKey, privateKeyEntries, privateKeyJson } from './show-keys.ts';

const PKCS12 = label('PKCS#12 容器', 'PKCS#12 container');
const CFCA = label('CFCA SM2 容器', 'CFCA SM2 container');
const ENVELOPED = label('SM2 密钥对保护数据', 'SM2EnvelopedKey');

function contentsEntries(contents: Pkcs12Contents, context: InspectContext): Entry[] {
  const named = (name: string | undefined) =>
    entry(label('友好名称', 'Friendly name'), name === undefined ? undefined : personal(name, context));
  return [
    ...contents.keys.map(({ key, friendlyName }, i) => ({
      label: label(`密钥 ${i + 1}`, `Key ${i + 1}`),
      below: [...named(friendlyName), ...privateKeyEntries(key)],
    })),
    ...contents.certificates.slice(0, context.entries).map(({ der, friendlyName }, i) => ({
      label: label(`证书 ${i + 1}`, `Certificate ${i + 1}`),
      below: [...named(friendlyName), ...inspectCertificate(der, context).entries],
    })),
    ...entry(
      label('吊销列表', 'CRLs'),
      contents.crls.length === 0 ? undefined : String(contents.crls.length),
    ),
    ...entry(label('未读取的包', 'Bags not read'), contents.unread.map(oidText)),
    ...(contents.authenticated
      ? []
      : entry(label('完整性', 'Integrity'), [
          '无校验码，内容可被任何人替换 no MAC: anybody can have put this in',
        ])),
    ...findingEntries(contents.findings),
  ];
}

function contentsJson(contents: Pkcs12Contents, context: InspectContext): Record<string, JsonValue> {
  return {
    keys: contents.keys.map(({ key, friendlyName, certificate }) => ({
      ...privateKeyJson(key),
      friendlyName: friendlyName === undefined ? null : personal(friendlyName, context),
      hasCertificate: certificate !== undefined,
    })),
    certificates: contents.certificates.map(({ der }) => inspectCertificate(der, context).json),
    authenticated: contents.authenticated,
    findings: contents.findings.map(({ code, where }) => ({ code, where })),
  };
}

/** A PKCS#12 container as it is shown; opened when there is a passphrase. @throws SmError ERR_DECRYPT_FAILED and others */
export async function inspectPkcs12(der: Uint8Array, context: InspectContext): Promise<Inspected> {
  const shown = { kind: 'pkcs12' as const, title: PKCS12 };
  if (context.passphrase === undefined) return { ...shown, entries: [closedEntry], json: { opened: false } };
  const contents = await openPkcs12(der, context.passphrase, {
    policy: context.policy,
    mac: 'optional',
  });
  try {
    return {
      ...shown,
      entries: contentsEntries(contents, context),
      json: { opened: true, ...contentsJson(contents, context) },
    };
  } finally {
    for (const { key } of contents.keys) destroyKey(key);
  }
}

/** A container of CFCA's kit as it is shown. @throws SmError ERR_DECRYPT_FAILED and others */
export async function inspectCfca(der: Uint8Array, context: InspectContext): Promise<Inspected> {
  const shown = { kind: 'cfca-container' as const, title: CFCA };
  if (context.passphrase === undefined) return { ...shown, entries: [closedEntry], json: { opened: false } };
  const { pair, certificate, findings } = await openCfcaSm2(der, context.passphrase, {
    policy: context.policy,
  });
  const key = { kind: 'sm2' as const, pair, findings };
  try {
    const inside = inspectCertificate(certificate, context);
    return {
      ...shown,
      entries: [...privateKeyEntries(key), { label: inside.title, below: inside.entries }],
      json: { opened: true, ...privateKeyJson(key), certificate: inside.json },
    };
  } finally {
    destroyKey(key);
  }
}

/** What an SM2EnvelopedKey says without being opened. @standard GB/T 35276-2017 §7.4 */
export function inspectEnvelopedKey(der: Uint8Array): Inspected {
  const [algorithm, cipher, publicKey, wrapped] = childrenOf(elementAt(der, 0));
  const oid = oidOf(childrenOf(algorithm)[0]);
  const point = publicKey?.value.subarray(1);
  return {
    kind: 'enveloped-key',
    title: ENVELOPED,
    entries: [
      ...entry(label('对称算法', 'Cipher'), oid === undefined ? undefined : oidText(oid)),
      ...entry(label('加密公钥', 'Public key inside'), point?.length === 65 ? toHex(point) : undefined),
      ...entry(label('SM2 密文', 'SM2 cipher'), `${cipher?.raw.length ?? 0} bytes`),
      ...entry(label('加密的私钥', 'Encrypted private key'), `${(wrapped?.value.length ?? 1) - 1} bytes`),
      {
        label: label('打开', 'To open'),
        value: label('cssi pki key open（需签名私钥）', 'cssi pki key open, with the signing key'),
      },
    ],
    json: { cipher: oid ?? null, publicKey: point?.length === 65 ? toHex(point) : null },
  };
}
