import type { Certificate } from '@cssi/pki';
import { DerReader, equalBytes, fromHex } from '@cssi/sm-core';
import { malformed } from '../malformed.ts';

/** The extension of a PCK certificate. @standard Intel SGX PCK Certificate and CRL Profile §1.3.5 @internal */
export const SGX_EXTENSION_OID = '1.2.840.113741.1.13.1';
/** Contents of that OBJECT IDENTIFIER; each member adds numbers to it. */
const ARC: Uint8Array = /* @__PURE__ */ fromHex('2a864886f84d010d01');

const [PPID, TCB, PCEID, FMSPC, SGX_TYPE, PLATFORM_INSTANCE, CONFIGURATION] = [1, 2, 3, 4, 5, 6, 7];
const TCB_COMPONENTS = 16;
const PCE_SVN = 17;
const CPU_SVN = 18;
/** Most members of one list: the TCB has 18. */
const MAX_MEMBERS = 32;

/**
 * What Intel says of a platform in its PCK certificate.
 *
 * @standard Intel SGX PCK Certificate and CRL Profile §1.3.5
 * @group Attestation
 */
export interface PckFacts {
  /** Provisioning id of the platform, 16 bytes. */
  readonly ppid: Uint8Array;
  /** Family, model, stepping, platform type and custom SKU, 6 bytes. */
  readonly fmspc: Uint8Array;
  /** 2 bytes. */
  readonly pceId: Uint8Array;
  /** Security versions of the 16 components. */
  readonly components: readonly number[];
  readonly pceSvn: number;
  readonly cpuSvn: Uint8Array;
  /** How the memory of enclaves is protected. */
  readonly sgxType: 'standard' | 'scalable' | 'scalable-with-integrity' | 'unknown';
  readonly platformInstance?: Uint8Array;
  /** Hyper-threading is on. Stated for platforms with several packages. */
  readonly smtEnabled?: boolean;
  /** Packages may be added to the platform. */
  readonly dynamicPlatform?: boolean;
  /** Intel keeps the platform's root keys. */
  readonly cachedKeys?: boolean;
}

const TYPES: readonly PckFacts['sgxType'][] = ['standard', 'scalable', 'scalable-with-integrity'];

/** Contents of a list of {OBJECT IDENTIFIER, value}, by the number that follows `arc`. */
function membersOf(contents: Uint8Array, arc: Uint8Array): Map<number, DerReader> {
  const list = new DerReader(contents);
  const members = new Map<number, DerReader>();
  for (let left = contents.length; left > 0; ) {
    const member = list.element(0x30);
    // The header is at least two bytes; the reader ends the loop with an error where it lies.
    left -= member.length + (member.length < 0x80 ? 2 : member.length < 0x100 ? 3 : 4);
    const reader = new DerReader(member);
    const oid = reader.element(0x06);
    const number = oid[arc.length];
    const known = oid.length === arc.length + 1 && equalBytes(oid.subarray(0, arc.length), arc);
    if (!known || number === undefined || number >= 0x80) throw malformed('sgx-extension-member');
    if (members.has(number)) throw malformed('sgx-extension-duplicate');
    if (members.size === MAX_MEMBERS) throw malformed('sgx-extension-members');
    members.set(number, reader);
  }
  list.end();
  return members;
}

class Members {
  readonly #arc: Uint8Array;
  readonly #members: ReadonlyMap<number, DerReader>;

  constructor(contents: Uint8Array, arc: Uint8Array) {
    this.#arc = arc;
    this.#members = membersOf(contents, arc);
  }

  has(number: number): boolean {
    return this.#members.has(number);
  }

  #take(number: number): DerReader {
    const reader = this.#members.get(number);
    if (reader === undefined) throw malformed(`sgx-extension-missing member=${number}`);
    return reader;
  }

  octets(number: number, length: number): Uint8Array {
    const reader = this.#take(number);
    const value = reader.element(0x04);
    reader.end();
    if (value.length !== length) throw malformed(`sgx-extension-length member=${number}`);
    return value;
  }

  integer(number: number): number {
    const reader = this.#take(number);
    const [high = 0, low = 0] = reader.unsigned(2);
    reader.end();
    return high * 256 + low;
  }

  enumerated(number: number): number {
    const reader = this.#take(number);
    const value = reader.element(0x0a);
    reader.end();
    if (value.length !== 1) throw malformed(`sgx-extension-length member=${number}`);
    return value[0]!;
  }

  boolean(number: number): boolean | undefined {
    if (!this.has(number)) return undefined;
    const reader = this.#take(number);
    const value = reader.element(0x01);
    reader.end();
    if (value.length !== 1) throw malformed(`sgx-extension-length member=${number}`);
    return value[0] !== 0;
  }

  list(number: number): Members {
    const reader = this.#take(number);
    const contents = reader.element(0x30);
    reader.end();
    return new Members(contents, Uint8Array.of(...this.#arc, number));
  }
}

function read(value: Uint8Array): PckFacts {
  const outer = new DerReader(value);
  const members = new Members(outer.element(0x30), ARC);
  outer.end();
  const tcb = members.list(TCB);
  const configuration = members.has(CONFIGURATION) ? members.list(CONFIGURATION) : undefined;
  const [dynamicPlatform, cachedKeys, smtEnabled] = [1, 2, 3].map((number) => configuration?.boolean(number));
  return {
    ppid: members.octets(PPID, 16),
    fmspc: members.octets(FMSPC, 6),
    pceId: members.octets(PCEID, 2),
    components: Array.from({ length: TCB_COMPONENTS }, (_, index) => tcb.integer(index + 1)),
    pceSvn: tcb.integer(PCE_SVN),
    cpuSvn: tcb.octets(CPU_SVN, 16),
    sgxType: TYPES[members.enumerated(SGX_TYPE)] ?? 'unknown',
    ...(members.has(PLATFORM_INSTANCE) ? { platformInstance: members.octets(PLATFORM_INSTANCE, 16) } : {}),
    ...(smtEnabled === undefined ? {} : { smtEnabled }),
    ...(dynamicPlatform === undefined ? {} : { dynamicPlatform }),
    ...(cachedKeys === undefined ? {} : { cachedKeys }),
  };
}

/**
 * What a PCK certificate says of its platform; undefined for a certificate without the extension,
 * which is none.
 *
 * @throws {@link SmError} ERR_TEE_EVIDENCE_MALFORMED
 * @group Attestation
 */
export function readPckFacts(certificate: Certificate): PckFacts | undefined {
  const extension = certificate.extensions.find(({ oid }) => oid === SGX_EXTENSION_OID);
  if (extension === undefined) return undefined;
  try {
    return read(extension.value);
  } catch (cause) {
    throw malformed('sgx-extension', cause);
  }
}
