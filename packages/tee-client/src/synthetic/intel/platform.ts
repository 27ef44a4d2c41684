import { createHash, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { pemEncode } from '@cssi/pki';
import { concatBytes, randomBytes, utf8 } from '@cssi/sm-core';
import {
  encodeSgxReportBody,
  encodeTdReportBody,
  type SyntheticSgxBody,
  type SyntheticTdBody,
} from './bodies.ts';
import { rawSignature } from './bytes.ts';
import { pckExtension, type SyntheticPlatformFacts } from './pck-extension.ts';
import { assembleQuote } from './quote.ts';
import { INTEL_NAMES, newHolder, type SyntheticHolder, type SyntheticIntelVendor } from './vendor.ts';

/** Signer of the synthetic quoting enclaves. @group Synthetic evidence */
export const SYNTHETIC_QE_SIGNER: Uint8Array = Uint8Array.from(
  createHash('sha256').update('cssi synthetic quoting enclave').digest(),
);

/** What may be wrong with a quote on purpose. @group Synthetic evidence */
export interface SyntheticQuoteOptions {
  /** 3, 4 or 5; for TDX 4 or 5. When left out 3 for SGX, 4 for TDX and 5 for a body 1.5. */
  readonly version?: number;
  /** Fields of the quoting enclave's report in place of the right ones. */
  readonly qe?: SyntheticSgxBody;
  /** Key that certifies the quoting enclave, in place of the PCK. */
  readonly certifiedBy?: KeyObject;
  /** Key that signs the quote, in place of the attestation key. */
  readonly signedBy?: KeyObject;
  /** 5 when left out. */
  readonly certificationType?: number;
  /** PEM of the chain when left out. */
  readonly certificationData?: Uint8Array;
  readonly authenticationData?: Uint8Array;
  /** Zeros behind the quote, as drivers with buffers of fixed length give it out. */
  readonly padding?: number;
}

/** A platform with its certification key and quoting enclaves. @group Synthetic evidence */
export interface SyntheticIntelPlatform {
  readonly pck: SyntheticHolder;
  readonly attestationKey: KeyObject;
  /** PEM of PCK, authority and root, as quotes carry it. */
  readonly chainPem: Uint8Array;
  /** A quote of an SGX enclave. */
  sgxQuote(body: SyntheticSgxBody, options?: SyntheticQuoteOptions): Uint8Array;
  /** A quote of a trust domain; body 1.5 needs version 5. */
  tdxQuote(body: SyntheticTdBody, options?: SyntheticQuoteOptions): Uint8Array;
}

const TEE_SGX = 0;
const TEE_TDX = 0x81;
const BODY_TYPES = { sgx: 1, '1.0': 2, '1.5': 3 } as const;
/** Of the quoting enclaves: 1 for SGX, 2 for TDX. */
const QE_PRODUCTS = { [TEE_SGX]: 1, [TEE_TDX]: 2 } as const;
const AUTHENTICATION_DATA = utf8('synthetic quoting enclave, no TEE');

/** x‖y of a P-256 key. */
function pointOf(privateKey: KeyObject): Uint8Array {
  const { x = '', y = '' } = createPublicKey(privateKey).export({ format: 'jwk' });
  return concatBytes(Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url'));
}

/**
 * Makes a platform of `vendor`.
 *
 * @param dates - validity of the PCK certificate; that of the vendor when left out
 * @group Synthetic evidence
 */
export async function createSyntheticIntelPlatform(
  vendor: SyntheticIntelVendor,
  facts: SyntheticPlatformFacts,
  dates: { readonly notBefore: Date; readonly notAfter: Date } = vendor,
): Promise<SyntheticIntelPlatform> {
  const { root, platformCa } = vendor;
  const pck = await newHolder(INTEL_NAMES.pck, platformCa, {
    notBefore: dates.notBefore,
    notAfter: dates.notAfter,
    profile: 'device-signing',
    extensions: [pckExtension({ ...facts, ppid: facts.ppid ?? randomBytes(16) })],
  });
  const chain = [pck, platformCa, root].map(({ certificate }) => pemEncode('CERTIFICATE', certificate.raw));
  const chainPem = utf8(chain.join(''));
  const { privateKey: attestationKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });

  const quote = (
    tee: typeof TEE_SGX | typeof TEE_TDX,
    bodyType: number,
    body: Uint8Array,
    version: number,
    options: SyntheticQuoteOptions,
  ): Uint8Array => {
    const { authenticationData = AUTHENTICATION_DATA } = options;
    const point = pointOf(attestationKey);
    const hash = createHash('sha256').update(point).update(authenticationData).digest();
    const qeReport = encodeSgxReportBody({
      mrSigner: SYNTHETIC_QE_SIGNER,
      isvProdId: QE_PRODUCTS[tee],
      isvSvn: 8,
      reportData: hash,
      ...options.qe,
    });
    return assembleQuote({
      version,
      tee,
      bodyType,
      body,
      attestationPoint: point,
      sign: (signed) => rawSignature(options.signedBy ?? attestationKey, signed),
      qeReport,
      qeReportSignature: rawSignature(options.certifiedBy ?? pck.privateKey, qeReport),
      authenticationData,
      certificationType: options.certificationType ?? 5,
      certificationData: options.certificationData ?? chainPem,
      padding: options.padding ?? 0,
    });
  };

  return {
    pck,
    attestationKey,
    chainPem,
    sgxQuote: (body, options = {}) =>
      quote(TEE_SGX, BODY_TYPES.sgx, encodeSgxReportBody(body), options.version ?? 3, options),
    tdxQuote: (body, options = {}) => {
      const version = options.version ?? (body.version === '1.5' ? 5 : 4);
      return quote(TEE_TDX, BODY_TYPES[body.version ?? '1.0'], encodeTdReportBody(body), version, options);
    },
  };
}
