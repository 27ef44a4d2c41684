import { concatBytes } from '@cssi/sm-core';
import { replayEventLog } from '../evidence/event-log/replay.ts';
import { LOG_ALGORITHMS, type LogAlgorithm } from '../evidence/event-log/types.ts';
import { digestOf } from '../evidence/tpm/algorithms.ts';
import { parseTpmQuote, type TpmPcrSelection, type TpmQuote } from '../evidence/tpm/attest.ts';
import { encodeTpmEvidence, type TpmEvidence } from '../evidence/tpm/envelope.ts';
import type { ImaDigest } from '../evidence/tpm/ima-log.ts';
import { qualifiedName, type TpmHierarchy } from '../evidence/tpm/key-names.ts';
import { type PcrValues, pcrDigest } from '../evidence/tpm/pcrs.ts';
import { parseTpmPublicArea, TPM_OBJECT_ATTRIBUTES } from '../evidence/tpm/public-area.ts';
import { imaEntry, imaTemplateData, type SyntheticImaFile } from './ima-log.ts';
import { type AkCertificates, issueAkCertificates } from './tpm-certificates.ts';
import { generateTpmKey, SYNTHETIC_TPM_KEYS, type SyntheticTpmKey, type TpmKeyPair } from './tpm-keys.ts';
import { encodeTpmPublicArea, encodeTpmQuote, encodeTpmSignature } from './tpm-structures.ts';

const PCRS = 24;
const YEAR_MS = 365 * 86_400_000;
/** PCR 17 to 22 are for a dynamic launch and hold ones until there was one. */
const isDynamic = (index: number): boolean => index >= 17 && index <= 22;

const A = TPM_OBJECT_ATTRIBUTES;
const FIXED: number = A.fixedTpm | A.fixedParent | A.sensitiveDataOrigin;

/** What a {@link SyntheticTpm} is made with. @group Synthetic evidence */
export interface SyntheticTpmOptions {
  /** `tcm`: SM2 and SM3 in everything, certificates too. `tpm` when left out. */
  readonly profile?: TpmEvidence['profile'];
  /** Kind of the attestation key; `sm2-sm3` when left out. */
  readonly key?: SyntheticTpmKey;
  /** PCR banks; SM3 for a TCM, SHA-256 and SM3 for a TPM when left out. */
  readonly banks?: readonly LogAlgorithm[];
  /** Certificates are valid from a day before it for ten years. */
  readonly time: Date;
  /** Hierarchy of the attestation key's parent; `endorsement` when left out. */
  readonly hierarchy?: TpmHierarchy;
  /** TPMA_OBJECT of the attestation key: what a restricted signing key has when left out. */
  readonly attributes?: number;
  /** Purpose in the certificate; `ek` is for what a verifier has to refuse. */
  readonly purpose?: 'ak' | 'ek';
  readonly firmwareVersion?: bigint;
  /** Hash of the template digests in the IMA list; SHA-1 as Linux has it when left out. */
  readonly imaDigest?: ImaDigest;
}

/** What a quote covers and what is wrong with it. @group Synthetic evidence */
export interface SyntheticTpmQuoteOptions {
  /** What to quote; PCR 0 to 15 and 23 of every bank when left out. */
  readonly select?: readonly TpmPcrSelection[];
  /** Fields of the quote that say something else, signed all the same. */
  readonly claim?: Partial<TpmQuote>;
  /** Sign over SM3(Z ‖ quote) as applications do and a TPM does not; for what a verifier has to refuse. */
  readonly withZ?: boolean;
}

const QUOTED: readonly number[] = [...Array.from({ length: 16 }, (_, index) => index), 23];

/**
 * A TPM or TCM in software that exists for tests and demonstrations: registers, an attestation key below an
 * endorsement key, certificates of a root of its own. Keys are new in every instance; nothing it makes
 * verifies under a vendor's root.
 *
 * @example
 * ```ts
 * import { SyntheticTpm } from '@cssi/tee-client/synthetic';
 * declare const kernel: Uint8Array;
 * declare const nonce: Uint8Array;
 * const tcm = await SyntheticTpm.create({ profile: 'tcm', time: new Date() });
 * tcm.extend(9, kernel);
 * const evidence = tcm.evidence(nonce); // verifies with tcm.root as anchor
 * ```
 * @group Synthetic evidence
 */
export class SyntheticTpm {
  readonly #options: SyntheticTpmOptions;
  readonly #key: TpmKeyPair;
  readonly #banks: ReadonlyMap<LogAlgorithm, Map<number, Uint8Array>>;
  readonly #certificates: AkCertificates;
  readonly #ima: Uint8Array[] = [];
  #eventLog: Uint8Array | undefined;
  /** TPMT_PUBLIC of the attestation key. */
  readonly publicArea: Uint8Array;
  /** TPMT_PUBLIC of its parent. */
  readonly parent: Uint8Array;

  private constructor(options: SyntheticTpmOptions, key: TpmKeyPair, certificates: AkCertificates) {
    this.#options = options;
    this.#key = key;
    this.#certificates = certificates;
    const banks = options.banks ?? (options.profile === 'tcm' ? ['sm3'] : ['sha256', 'sm3']);
    this.#banks = new Map(banks.map((bank) => [bank, new Map(firstValues(bank))]));
    const { scheme } = key;
    // RSA keys of old kinds keep a name of today: only the signature is what a test is about.
    const nameHash = scheme.hash === 'sha1' ? 'sha256' : scheme.hash;
    const attributes = options.attributes ?? FIXED | A.userWithAuth | A.restricted | A.sign;
    this.publicArea = encodeTpmPublicArea({ nameHash, attributes, scheme, key: key.publicKey });
    this.parent = encodeTpmPublicArea(parentOf(scheme.scheme === 'sm2' && scheme.hash === 'sm3'));
  }

  /** Makes keys and certificates. */
  static async create(options: SyntheticTpmOptions): Promise<SyntheticTpm> {
    const key = generateTpmKey(options.key ?? 'sm2-sm3');
    const certificates = await issueAkCertificates(
      SYNTHETIC_TPM_KEYS[options.key ?? 'sm2-sm3'].hash === 'sm3',
      {
        publicKeyInfo: key.publicKeyInfo,
        purpose: options.purpose ?? 'ak',
        notBefore: new Date(options.time.getTime() - 86_400_000),
        notAfter: new Date(options.time.getTime() + 10 * YEAR_MS),
      },
    );
    return new SyntheticTpm(options, key, certificates);
  }

  /** Its root, DER. */
  get root(): Uint8Array {
    return this.#certificates.root;
  }

  /** Certificate of the attestation key and of its issuer, DER. */
  get certificates(): readonly Uint8Array[] {
    return [this.#certificates.ak, this.#certificates.intermediate];
  }

  /** SubjectPublicKeyInfo of the attestation key. */
  get publicKeyInfo(): Uint8Array {
    return this.#key.publicKeyInfo;
  }

  /** Values of the registers as they are now. */
  get pcrs(): PcrValues {
    return this.#banks;
  }

  /** Extends PCR `index` of every bank by the hash of `data`. */
  extend(index: number, data: Uint8Array): void {
    for (const bank of this.#banks.keys()) this.#extend(bank, index, digestOf(bank, data));
  }

  /** Boots along a TCG2 log: registers take the values it leads to, and evidence carries it. */
  boot(eventLog: Uint8Array): void {
    this.#eventLog = eventLog;
    for (const { algorithm, register, value } of replayEventLog(eventLog).registers) {
      this.#banks.get(algorithm)?.set(register, value);
    }
  }

  /** Measures a file as Linux IMA does. Begin with `boot_aggregate`, see {@link SyntheticTpm.bootAggregate}. */
  measure(file: SyntheticImaFile): void {
    const data = imaTemplateData(file);
    for (const bank of this.#banks.keys()) {
      const ones = new Uint8Array(LOG_ALGORITHMS[bank].bytes).fill(0xff);
      this.#extend(bank, file.register ?? 10, file.violation === true ? ones : digestOf(bank, data));
    }
    this.#ima.push(imaEntry(file, this.#options.imaDigest ?? 'sha1'));
  }

  /** The first entry of an IMA list: digest over PCR 0 to 9, in SHA-1 over PCR 0 to 7. */
  bootAggregate(bank: LogAlgorithm): SyntheticImaFile {
    const values = this.#banks.get(bank)!;
    const parts = Array.from({ length: bank === 'sha1' ? 8 : 10 }, (_, index) => values.get(index)!);
    return { path: 'boot_aggregate', algorithm: bank, digest: digestOf(bank, ...parts) };
  }

  /** TPM2_Quote: TPMS_ATTEST and TPMT_SIGNATURE. */
  quote(
    extraData: Uint8Array,
    { select, claim, withZ = false }: SyntheticTpmQuoteOptions = {},
  ): { readonly quote: Uint8Array; readonly signature: Uint8Array } {
    const selections = select ?? [...this.#banks.keys()].map((bank) => ({ bank, indexes: QUOTED }));
    const [area, parent] = [parseTpmPublicArea(this.publicArea), parseTpmPublicArea(this.parent)];
    const quote = encodeTpmQuote({
      qualifiedSigner: qualifiedName(area, [parent], this.#options.hierarchy ?? 'endorsement'),
      extraData,
      clock: 86_400_000n,
      resetCount: 7,
      restartCount: 1,
      safe: true,
      firmwareVersion: this.#options.firmwareVersion ?? 0x0001_0002_0000_0003n,
      selections,
      pcrDigest: pcrDigest(this.#key.scheme.hash, { selections }, this.#banks)!,
      ...claim,
    });
    return { quote, signature: encodeTpmSignature(this.#key.sign(quote, { withZ })) };
  }

  /** A whole evidence document for a challenge of at most 64 bytes. */
  evidence(extraData: Uint8Array, options: SyntheticTpmQuoteOptions = {}): Uint8Array {
    const { quote, signature } = this.quote(extraData, options);
    const { selections } = parseTpmQuote(quote);
    return encodeTpmEvidence({
      profile: this.#options.profile ?? 'tpm',
      quote,
      signature,
      publicArea: this.publicArea,
      parents: [this.parent],
      certificates: this.certificates,
      pcrs: new Map(
        selections.map(({ bank, indexes }) => [
          bank,
          new Map(indexes.map((index) => [index, this.#banks.get(bank)!.get(index)!])),
        ]),
      ),
      ...(this.#eventLog === undefined ? {} : { eventLog: this.#eventLog }),
      ...(this.#ima.length === 0
        ? {}
        : { imaLog: { digest: this.#options.imaDigest ?? 'sha1', log: concatBytes(...this.#ima) } }),
    });
  }

  #extend(bank: LogAlgorithm, index: number, digest: Uint8Array): void {
    const values = this.#banks.get(bank)!;
    values.set(index, digestOf(bank, values.get(index)!, digest));
  }
}

function firstValues(bank: LogAlgorithm): [number, Uint8Array][] {
  const { bytes } = LOG_ALGORITHMS[bank];
  return Array.from({ length: PCRS }, (_, index) => [
    index,
    new Uint8Array(bytes).fill(isDynamic(index) ? 0xff : 0),
  ]);
}

/** Public area of an endorsement key: a restricted decryption key. */
function parentOf(national: boolean): Parameters<typeof encodeTpmPublicArea>[0] {
  return {
    nameHash: national ? 'sm3' : 'sha256',
    attributes: FIXED | A.adminWithPolicy | A.restricted | A.decrypt,
    symmetric: national ? 'sm4' : 'aes',
    key: generateTpmKey(national ? 'sm2-sm3' : 'ecdsa-p256-sha256').publicKey,
  };
}
