import { concatBytes, derElement, fromHex, type Sm2SignatureOptions, sm2, utf8 } from '@cssi/sm-core';
import { encodeSm2PublicKeyInfo } from '../../src/index.ts';

/** Parts of a certificate that a test wants to be wrong; each is DER and replaces the good part. */
export interface CraftedParts {
  readonly version?: Uint8Array;
  readonly serial?: Uint8Array;
  readonly innerAlgorithm?: Uint8Array;
  readonly outerAlgorithm?: Uint8Array;
  readonly issuer?: Uint8Array;
  readonly subject?: Uint8Array;
  readonly validity?: Uint8Array;
  readonly publicKeyInfo?: Uint8Array;
  /** Everything after the public key. */
  readonly rest?: Uint8Array;
  readonly signature?: Uint8Array;
  /** After the signature, inside of the outer SEQUENCE. */
  readonly trailing?: Uint8Array;
}

const pair = sm2.generateKeyPair();
export const craftedKey: Uint8Array = encodeSm2PublicKeyInfo(pair.publicKey);

export const NONE: Uint8Array = new Uint8Array(0);
export const SM2_ALGORITHM: Uint8Array = fromHex('300a06082a811ccf55018375');
export const sequence = (...parts: readonly Uint8Array[]): Uint8Array => derElement(0x30, ...parts);
export const utcTime = (text: string): Uint8Array => derElement(0x17, utf8(text));
export const generalizedTime = (text: string): Uint8Array => derElement(0x18, utf8(text));
export const commonName = (value: Uint8Array): Uint8Array =>
  sequence(derElement(0x31, sequence(fromHex('0603550403'), value)));

/** One extension; `flag` is the DER of `critical`. */
export const extension = (oidHex: string, value: Uint8Array, flag: Uint8Array = NONE): Uint8Array =>
  sequence(derElement(0x06, fromHex(oidHex)), flag, derElement(0x04, value));
export const extensions = (...list: readonly Uint8Array[]): Uint8Array => derElement(0xa3, sequence(...list));

/** A self-signed certificate made by hand, good but for what `parts` replaces. */
export function craft(parts: CraftedParts = {}, options: Sm2SignatureOptions = {}): Uint8Array {
  const name = commonName(derElement(0x0c, utf8('crafted')));
  const tbs = sequence(
    parts.version ?? fromHex('a003020102'),
    parts.serial ?? fromHex('02021234'),
    parts.innerAlgorithm ?? SM2_ALGORITHM,
    parts.issuer ?? name,
    parts.validity ?? sequence(utcTime('260101000000Z'), utcTime('270101000000Z')),
    parts.subject ?? name,
    parts.publicKeyInfo ?? craftedKey,
    parts.rest ?? NONE,
  );
  const signature = derElement(0x03, concatBytes(Uint8Array.of(0), sm2.signWith(pair, tbs, options)));
  return sequence(
    tbs,
    parts.outerAlgorithm ?? SM2_ALGORITHM,
    parts.signature ?? signature,
    parts.trailing ?? NONE,
  );
}

/** Parts of a certificate request that a test wants to be wrong. */
export interface CraftedRequestParts {
  readonly version?: Uint8Array;
  readonly subject?: Uint8Array;
  readonly publicKeyInfo?: Uint8Array;
  /** Everything after the public key. */
  readonly rest?: Uint8Array;
  readonly algorithm?: Uint8Array;
  readonly signature?: Uint8Array;
  readonly trailing?: Uint8Array;
}

/** An attribute of a request. */
export const attribute = (oidHex: string, ...values: readonly Uint8Array[]): Uint8Array =>
  sequence(derElement(0x06, fromHex(oidHex)), derElement(0x31, ...values));
export const attributes = (...list: readonly Uint8Array[]): Uint8Array => derElement(0xa0, ...list);

/** A certificate request made by hand, good but for what `parts` replaces. */
export function craftRequest(parts: CraftedRequestParts = {}, options: Sm2SignatureOptions = {}): Uint8Array {
  const info = sequence(
    parts.version ?? fromHex('020100'),
    parts.subject ?? commonName(derElement(0x0c, utf8('crafted'))),
    parts.publicKeyInfo ?? craftedKey,
    parts.rest ?? attributes(),
  );
  const signature = derElement(0x03, concatBytes(Uint8Array.of(0), sm2.signWith(pair, info, options)));
  return sequence(
    info,
    parts.algorithm ?? SM2_ALGORITHM,
    parts.signature ?? signature,
    parts.trailing ?? NONE,
  );
}
