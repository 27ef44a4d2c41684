import { equalBytes } from '@cssi/sm-core';
import { oid } from '../internal/write.ts';
import { OIDS } from '../spec/v1/oids.ts';
import { bytesOf } from './input.ts';
import type { AlgorithmLike } from './types.ts';

/** An AlgorithmIdentifier in the shape of `@peculiar/asn1-x509`. */
export interface AsnAlgorithmLike {
  algorithm: string;
  parameters?: ArrayBuffer | null;
}

/** Class of such objects: the library serialises only instances of its own. */
export type AsnAlgorithmClass<T extends AsnAlgorithmLike> = new (fields: Partial<AsnAlgorithmLike>) => T;

/** The shape of an algorithm provider of `@peculiar/x509`. */
export interface AlgorithmProviderLike<T extends AsnAlgorithmLike> {
  toAsnAlgorithm(algorithm: AlgorithmLike): T | null;
  toWebAlgorithm(algorithm: AsnAlgorithmLike): AlgorithmLike | null;
}

/** Options of {@link sm2AlgorithmProvider}. */
export interface AlgorithmProviderOptions {
  /** Signer ID that signatures of certificates are verified with; `1234567812345678` when left out. */
  readonly signerId?: Uint8Array;
}

/** DER of the OID of the SM2 curve. */
const CURVE: Uint8Array = /* @__PURE__ */ oid(OIDS.sm2Curve);
const NO_BYTES: Uint8Array = new Uint8Array(0);

/** Is it an SM2 key, in either spelling? */
function isSm2Key({ algorithm, parameters }: AsnAlgorithmLike): boolean {
  if (algorithm !== OIDS.ecPublicKey && algorithm !== OIDS.sm2Curve) return false;
  const bytes =
    parameters === undefined || parameters === null ? NO_BYTES : bytesOf(parameters, 'parameters');
  return equalBytes(bytes, CURVE);
}

/**
 * Teaches `@peculiar/x509` SM2 with SM3: register it under `diAlgorithm`, and set a crypto of
 * `createCrypto` as the library's. It knows nothing of the library but its shapes; the class comes
 * from the caller because the library serialises only instances of its own.
 *
 * @param AlgorithmIdentifier - the class of that name of `@peculiar/asn1-x509`, the copy that
 *   `@peculiar/x509` itself uses
 * @standard GB/T 33560-2017 (1.2.156.10197.1.501), RFC 5480 §2.1.1
 * @example
 * ```ts
 * import 'reflect-metadata';
 * import { AlgorithmIdentifier } from '@peculiar/asn1-x509';
 * import { cryptoProvider, diAlgorithm } from '@peculiar/x509';
 * import { container } from 'tsyringe';
 * import { createCrypto, sm2AlgorithmProvider } from '@cssi/pki/webcrypto';
 * container.registerInstance(diAlgorithm, sm2AlgorithmProvider(AlgorithmIdentifier));
 * cryptoProvider.set(createCrypto() as never);
 * ```
 */
export function sm2AlgorithmProvider<T extends AsnAlgorithmLike>(
  AlgorithmIdentifier: AsnAlgorithmClass<T>,
  options: AlgorithmProviderOptions = {},
): AlgorithmProviderLike<T> {
  const id = options.signerId === undefined ? {} : { id: Uint8Array.from(options.signerId) };
  return {
    toAsnAlgorithm({ name }) {
      // A hash beside the name is the library's default; SM2 signs with SM3.
      if (name.toUpperCase() !== 'SM2') return null;
      return new AlgorithmIdentifier({ algorithm: OIDS.sm2WithSm3 });
    },
    toWebAlgorithm(algorithm) {
      if (algorithm.algorithm === OIDS.sm2WithSm3) return { name: 'SM2', hash: { name: 'SM3' }, ...id };
      return isSm2Key(algorithm) ? { name: 'SM2', namedCurve: 'SM2' } : null;
    },
  };
}
