import { createPrivateKey, createPublicKey } from 'node:crypto';
import { decodeSm2PublicKeyInfo, encodeSm2PublicKeyInfo } from '@cssi/pki';
import {
  type DecodedPrivateKey,
  decodePrivateKey,
  decryptPrivateKey,
  privateKeyFromPem,
} from '@cssi/pki/containers';
import { type JsonValue, sm3, toHex } from '@cssi/sm-core';
import { type Asn1Element, childrenOf, elementAt, oidOf } from './asn1.ts';
import { type Entry, entry, label } from './entry.ts';
import type { FileObject } from './input.ts';
import { findingEntries, type InspectContext, type Inspected } from './inspected.ts';
import { keyLabel } from './labels.ts';
import { oidText } from './oid-names.ts';
import { publicKeyEntries } from './public-key.ts';

/** Zeroes a private key. */
export function destroyKey(key: DecodedPrivateKey): void {
  if (key.kind === 'sm2') key.pair.privateKey.destroy();
  else key.pkcs8.destroy();
}

/** SubjectPublicKeyInfo that belongs to a private key; `undefined` for a kind that Node cannot compute. */
export function publicKeyInfoOf(key: DecodedPrivateKey): Uint8Array | undefined {
  if (key.kind === 'sm2') return encodeSm2PublicKeyInfo(key.pair.publicKey);
  try {
    return key.pkcs8.use((der) => {
      const copy = Buffer.from(der);
      try {
        const opened = createPrivateKey({ key: copy, format: 'der', type: 'pkcs8' });
        return Uint8Array.from(createPublicKey(opened).export({ format: 'der', type: 'spki' }));
      } finally {
        copy.fill(0);
      }
    });
  } catch {
    return undefined;
  }
}

/** What may be said of a private key: its public half. */
export function privateKeyEntries(key: DecodedPrivateKey): Entry[] {
  const info = publicKeyInfoOf(key);
  return [
    ...entry(label('私钥', 'Private key'), label('有（不显示）', 'present (not shown)')),
    ...(info === undefined
      ? entry(label('类型', 'Kind'), keyLabel(key.kind))
      : publicKeyEntries(info, key.kind, key.kind === 'sm2' ? key.pair.publicKey : undefined)),
    ...findingEntries(key.findings),
  ];
}

/** The public half for JSON. */
export function privateKeyJson(key: DecodedPrivateKey): Record<string, JsonValue> {
  const info = publicKeyInfoOf(key);
  return {
    keyKind: key.kind,
    publicKey: key.kind === 'sm2' ? toHex(key.pair.publicKey) : null,
    publicKeySm3: info === undefined ? null : toHex(sm3(info)),
    findings: key.findings.map(({ code, where }) => ({ code, where })),
  };
}

const TITLES = {
  'private-key': label('私钥（PKCS#8，未加密）', 'Private key (PKCS#8, not encrypted)'),
  'ec-private-key': label('私钥（SEC 1，未加密）', 'Private key (SEC 1, not encrypted)'),
  'rsa-private-key': label('私钥（PKCS#1，未加密）', 'Private key (PKCS#1, not encrypted)'),
} as const;

/** A private key that is not encrypted, as it is shown. @throws SmError ERR_PKI_KEY_MALFORMED and others */
export function inspectPrivateKey(
  der: Uint8Array,
  kind: keyof typeof TITLES,
  { policy }: InspectContext,
): Inspected {
  const key = decodePrivateKey(der, { policy });
  try {
    return { kind, title: TITLES[kind], entries: privateKeyEntries(key), json: privateKeyJson(key) };
  } finally {
    destroyKey(key);
  }
}

/** By what a container is protected, as far as it says so in the clear. @standard RFC 8018 §6.2 */
function protectionEntries(algorithm: Asn1Element | undefined): Entry[] {
  const [scheme, parameters] = childrenOf(algorithm);
  const oid = oidOf(scheme);
  const [kdf, cipher] = childrenOf(parameters);
  const kdfParameters = childrenOf(childrenOf(kdf)[1]);
  const iterations =
    kdfParameters.find(({ tag, value }) => tag === 0x02 && value.length > 1) ?? kdfParameters[1];
  const prf = kdfParameters.find(({ tag }) => tag === 0x30);
  const names = [childrenOf(kdf)[0], childrenOf(prf)[0], childrenOf(cipher)[0]].map(oidOf);
  const count =
    iterations?.tag === 0x02 && iterations.value.length <= 5
      ? iterations.value.reduce((sum, byte) => sum * 256 + byte, 0)
      : undefined;
  return [
    ...entry(label('保护方式', 'Protection'), oid === undefined ? undefined : oidText(oid)),
    ...entry(
      label('算法', 'Algorithms'),
      names.filter((name) => name !== undefined).map((name) => oidText(name)),
    ),
    ...entry(label('迭代次数', 'Iterations'), count?.toString()),
  ];
}

const CLOSED = label('未提供口令（CSSI_PASSPHRASE），不打开', 'not opened: CSSI_PASSPHRASE is not set');

/** The entry of a container that stays shut. */
export const closedEntry: Entry = { label: label('内容', 'Contents'), value: CLOSED };

/** An encrypted private key as it is shown; opened when there is a passphrase. @throws SmError ERR_DECRYPT_FAILED and others */
export async function inspectEncryptedKey(
  { der, pem }: FileObject,
  { policy, passphrase }: InspectContext,
): Promise<Inspected> {
  const shown = {
    kind: 'encrypted-private-key' as const,
    title: label('加密私钥', 'Encrypted private key'),
  };
  const outside = protectionEntries(childrenOf(elementAt(der, 0))[0]);
  if (passphrase === undefined)
    return { ...shown, entries: [...outside, closedEntry], json: { opened: false } };
  const key =
    der.length > 0
      ? await decryptPrivateKey(der, passphrase, { policy })
      : await privateKeyFromPem(pem ?? '', { policy, password: passphrase });
  try {
    return {
      ...shown,
      entries: [...outside, ...privateKeyEntries(key)],
      json: { opened: true, ...privateKeyJson(key) },
    };
  } finally {
    destroyKey(key);
  }
}

/** Name of a kind of key as certificates have it: `ec:` and the curve, else the algorithm. */
const keyNameOf = ([algorithm, curve]: readonly string[]): string =>
  algorithm === '1.2.840.10045.2.1' && curve !== undefined ? `ec:${curve}` : (algorithm ?? '?');

/** A public key as it is shown. @throws SmError ERR_PKI_KEY_MALFORMED for a broken SM2 key */
export function inspectPublicKey(der: Uint8Array): Inspected {
  const algorithm = childrenOf(childrenOf(elementAt(der, 0))[0]).map(oidOf);
  const isSm2 = algorithm.includes('1.2.156.10197.1.301');
  const point = isSm2 ? decodeSm2PublicKeyInfo(der) : undefined;
  const names = algorithm.filter((oid) => oid !== undefined);
  return {
    kind: 'public-key',
    title: label('公钥', 'Public key'),
    entries: [
      ...entry(
        label('算法', 'Algorithm'),
        names.map((oid) => oidText(oid)),
      ),
      ...publicKeyEntries(der, isSm2 ? 'sm2' : keyNameOf(names), point),
    ],
    json: {
      keyAlgorithm: isSm2 ? 'sm2' : (names[1] ?? names[0] ?? null),
      publicKey: point === undefined ? null : toHex(point),
      publicKeySm3: toHex(sm3(der)),
    },
  };
}
