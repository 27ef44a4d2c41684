import { fromUtf8 } from '@cssi/sm-core';
import { parseCertificate } from '../certificate/parse-certificate.ts';
import {
  MAX_CONTAINER_BYTES,
  MAX_PKCS12_BAGS,
  type Pkcs12Input,
  type Pkcs12KeyInput,
} from '../spec/v1/container.ts';
import { certificateFits } from './certificate-key.ts';
import { badOptions } from './support.ts';
import { pkcs8Of, withDecoded } from './writable-key.ts';

const MAX_NAME_CHARACTERS = 256;

/** A key and what stands beside it: copies, checked. */
export interface PreparedKey {
  /** To be zeroed. */
  readonly pkcs8: Uint8Array;
  readonly certificate: Uint8Array | undefined;
  readonly friendlyName: string | undefined;
}

/** What is written: copies of what the caller gave, checked to be what our own reader takes. */
export interface PreparedInput {
  readonly keys: readonly PreparedKey[];
  /** Those of the CAs. */
  readonly certificates: readonly Uint8Array[];
}

/** The lists of an input without its holes. @throws SmError ERR_PKI_CONTAINER_OPTIONS */
export function listsOf(input: Pkcs12Input): Required<Pkcs12Input> {
  const { keys, certificates = [] } = input ?? {};
  if (!Array.isArray(keys) || !Array.isArray(certificates)) throw badOptions('contents');
  // A list may be as long as its author likes and hold nothing.
  if (keys.length > MAX_PKCS12_BAGS || certificates.length > MAX_PKCS12_BAGS) throw badOptions('contents');
  const lists = {
    keys: Array.from<Pkcs12KeyInput>(keys),
    certificates: Array.from<Uint8Array>(certificates),
  };
  for (const key of lists.keys) if (typeof key !== 'object' || key === null) throw badOptions('key');
  const own = lists.keys.filter(({ certificate }) => certificate !== undefined).length;
  const bags = lists.keys.length + own + lists.certificates.length;
  if (bags === 0 || bags > MAX_PKCS12_BAGS) throw badOptions('contents');
  return lists;
}

/** How often the reader of these lists derives a key from the password, the MAC left out. */
export function derivationsOf({ keys, certificates }: Required<Pkcs12Input>): number {
  const chain = certificates.length > 0 || keys.some(({ certificate }) => certificate !== undefined);
  return keys.length + (chain ? 1 : 0);
}

function certificateOf(der: Uint8Array): Uint8Array {
  if (!(der instanceof Uint8Array) || der.length > MAX_CONTAINER_BYTES) throw badOptions('certificate');
  const copy = Uint8Array.from(der);
  try {
    parseCertificate(copy);
    return copy;
  } catch {
    throw badOptions('certificate');
  }
}

function nameOf(friendlyName: string | undefined): string | undefined {
  if (friendlyName === undefined) return undefined;
  if (typeof friendlyName === 'string' && friendlyName.length <= MAX_NAME_CHARACTERS) return friendlyName;
  throw badOptions('friendlyName');
}

function preparedKey({ key, certificate, friendlyName }: Pkcs12KeyInput): PreparedKey {
  const name = nameOf(friendlyName);
  const copy = certificate === undefined ? undefined : certificateOf(certificate);
  const pkcs8 = pkcs8Of(key);
  try {
    withDecoded(pkcs8, (decoded) => {
      if (copy !== undefined && !certificateFits(decoded, copy))
        throw badOptions('certificate of another key');
    });
    return { pkcs8, certificate: copy, friendlyName: name };
  } catch (error) {
    pkcs8.fill(0);
    throw error;
  }
}

/** Zeroes the keys. */
export function forget({ keys }: Pick<PreparedInput, 'keys'>): void {
  for (const { pkcs8 } of keys) pkcs8.fill(0);
}

/** @throws SmError ERR_PKI_CONTAINER_OPTIONS, ERR_SECRET_DESTROYED */
export function prepare(lists: Required<Pkcs12Input>): PreparedInput {
  const keys: PreparedKey[] = [];
  try {
    const certificates = lists.certificates.map(certificateOf);
    for (const key of lists.keys) keys.push(preparedKey(key));
    return { keys, certificates };
  } catch (error) {
    forget({ keys });
    throw error;
  }
}

/** The MAC takes the password as text. @throws SmError ERR_PKI_CONTAINER_OPTIONS */
export function checkPassword(password: Uint8Array): void {
  if (password.length === 0) throw badOptions('password');
  try {
    fromUtf8(password);
  } catch {
    throw badOptions('password');
  }
}
