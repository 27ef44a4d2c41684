import {
  concatBytes,
  hmacSm3,
  type RandomSource,
  randomBytes,
  type Sm2KeyPair,
  sm2,
  utf8,
} from '@cssi/sm-core';
import { SYNTHETIC_UID } from '../evidence/csv/claims.ts';
import { CSV_REPORT_PADDED_BYTES, CSV_USAGES } from '../evidence/csv/index.ts';
import type { Attester } from '../spec/v1/attestation.ts';
import { ByteWriter } from './byte-writer.ts';
import { type CsvKey, csvCertificate, csvRootCertificate, writeCsvSignature } from './csv-certificates.ts';
import { malformedOption } from './option.ts';

const REPORT_DATA_BYTES = 64;
const MNONCE_BYTES = 16;
const DIGEST_BYTES = 32;
/** Register 0 is the measurement again. */
const OWN_RTMRS = 4;
const SERIAL_BYTES = 64;
const V1_MASKED = 0xbc;
const V1_SIGNED = 0xb4;
const V1_SIGNER_AT = 0x150;
const CERTIFICATE_AND_SERIAL = 2084 + 64;
const ANONCE_AT = 0xbc;

/** NODBG, ES and CSV3, interface 1.1. */
const DEFAULT_POLICY = 0x0101_0045;

/** Options of {@link createSyntheticHygon}. @group Synthetic evidence */
export interface SyntheticHygonOptions {
  /** Source of the keys and nonces; the platform's when left out. */
  readonly random?: RandomSource;
  /** `SYNTHETIC0001` when left out. */
  readonly serialNumber?: string;
  /** Begins the signer ids; `CSSI-SYNTHETIC-` when left out, by which the claims know it as emulated. */
  readonly uidPrefix?: string;
  /**
   * Signer IDs that go into Z in place of the keys' own, as an implementation would that takes the default ID.
   * Whatever such a key signs is wrong.
   */
  readonly wrongIds?: Readonly<Partial<Record<'hrk' | 'hsk' | 'cek' | 'pek', Uint8Array>>>;
}

/** Fields of a report that is to be made; those left out are zeros unless they say otherwise. @group Synthetic evidence */
export interface SyntheticCsvReportOptions {
  /** 2 when left out. */
  readonly version?: 1 | 2;
  /** Up to 64 bytes, filled up with zeros. */
  readonly reportData: Uint8Array;
  /** 32 bytes. */
  readonly measurement?: Uint8Array;
  /** Debugging forbidden, registers encrypted, CSV3, when left out. */
  readonly policy?: number;
  /** 16 bytes; random when left out. */
  readonly mnonce?: Uint8Array;
  /** Mask of version 1; random when left out. */
  readonly anonce?: number;
  /** Build of the firmware, version 2; 1 when left out. */
  readonly build?: number;
  /** Registers 1 to 4 of version 2, 32 bytes each. */
  readonly rtmrs?: readonly Uint8Array[];
  /** As the device gives it, 4,096 bytes. */
  readonly padded?: boolean;
  /** With HSK and CEK behind it. */
  readonly withChain?: boolean;
}

/**
 * A hierarchy shaped like Hygon's with one chip, keys of its own and nothing of the maker's.
 *
 * @group Synthetic evidence
 */
export interface SyntheticHygon {
  /** 832 bytes: the anchor. */
  readonly hrk: Uint8Array;
  readonly hsk: Uint8Array;
  readonly cek: Uint8Array;
  /** HSK and CEK as the maker's server gives them out. */
  readonly hskCek: Uint8Array;
  /** Certificate of the machine's owner, who signed the PEK too. */
  readonly oca: Uint8Array;
  readonly pek: Uint8Array;
  readonly serialNumber: string;
  /** @throws {@link SmError} ERR_TEE_OPTION_INVALID for a field that is too long for its place */
  report(options: SyntheticCsvReportOptions): Uint8Array;
}

/** Options that would move everything behind them. */
function checkLengths({ reportData, measurement, mnonce, rtmrs }: SyntheticCsvReportOptions): void {
  if (reportData.length > REPORT_DATA_BYTES) throw malformedOption('reportData');
  if (measurement !== undefined && measurement.length !== DIGEST_BYTES) throw malformedOption('measurement');
  if (mnonce !== undefined && mnonce.length !== MNONCE_BYTES) throw malformedOption('mnonce');
  if (rtmrs === undefined) return;
  if (rtmrs.length > OWN_RTMRS || rtmrs.some((value) => value.length !== DIGEST_BYTES)) {
    throw malformedOption('rtmrs');
  }
}

const anonceBytes = (anonce: number): Uint8Array => new ByteWriter().u32(anonce).finish();

function xorWords(bytes: Uint8Array, from: number, to: number, mask: Uint8Array): void {
  for (let i = from; i < to; i++) bytes[i]! ^= mask[(i - from) & 3]!;
}

class Platform implements SyntheticHygon {
  readonly hrk: Uint8Array;
  readonly hsk: Uint8Array;
  readonly cek: Uint8Array;
  readonly oca: Uint8Array;
  readonly pek: Uint8Array;
  readonly serialNumber: string;
  readonly #random: RandomSource | undefined;
  readonly #pek: CsvKey;

  constructor({
    random,
    serialNumber = 'SYNTHETIC0001',
    uidPrefix = SYNTHETIC_UID,
    wrongIds = {},
  }: SyntheticHygonOptions) {
    if (utf8(serialNumber).length > SERIAL_BYTES) throw malformedOption('serialNumber');
    this.#random = random;
    this.serialNumber = serialNumber;
    const key = (name: 'hrk' | 'hsk' | 'cek' | 'pek' | 'oca', usage: number): CsvKey => {
      const pair: Sm2KeyPair = sm2.generateKeyPair(random);
      const uid = utf8(uidPrefix + name.toUpperCase());
      return { pair, uid, usage, signingId: (name === 'oca' ? undefined : wrongIds[name]) ?? uid };
    };
    const hrk = key('hrk', CSV_USAGES.HRK);
    const hsk = key('hsk', CSV_USAGES.HSK);
    const cek = key('cek', CSV_USAGES.CEK);
    const oca = key('oca', CSV_USAGES.OCA);
    this.#pek = key('pek', CSV_USAGES.PEK);
    const hrkId = randomBytes(16, random);
    const hskId = randomBytes(16, random);
    this.hrk = csvRootCertificate(hrk, { keyId: hrkId, issuer: hrk, issuerKeyId: hrkId });
    this.hsk = csvRootCertificate(hsk, { keyId: hskId, issuer: hrk, issuerKeyId: hrkId });
    this.cek = csvCertificate(cek, { version: 2, firmware: [1, 1], issuerKeyId: hskId, issuers: [hsk] });
    this.oca = csvCertificate(oca, { version: 1, firmware: [1, 3], issuers: [oca] });
    this.pek = csvCertificate(this.#pek, { version: 1, firmware: [1, 3], issuers: [cek, oca] });
  }

  get hskCek(): Uint8Array {
    return concatBytes(this.hsk, this.cek);
  }

  report(options: SyntheticCsvReportOptions): Uint8Array {
    checkLengths(options);
    const mnonce = options.mnonce ?? randomBytes(MNONCE_BYTES, this.#random);
    const report = options.version === 1 ? this.#first(options, mnonce) : this.#second(options, mnonce);
    const padding = options.padded
      ? new Uint8Array(CSV_REPORT_PADDED_BYTES - report.length)
      : new Uint8Array(0);
    return concatBytes(report, padding, options.withChain ? this.hskCek : new Uint8Array(0));
  }

  /** Fields both versions begin with. */
  #fields({ reportData, measurement, policy }: SyntheticCsvReportOptions, mnonce: Uint8Array): ByteWriter {
    return new ByteWriter()
      .zeros(64)
      .field(reportData, REPORT_DATA_BYTES)
      .bytes(mnonce)
      .field(measurement ?? new Uint8Array(0), DIGEST_BYTES)
      .u32(policy ?? DEFAULT_POLICY)
      .u32(CSV_USAGES.PEK)
      .u32(4);
  }

  #signer(): ByteWriter {
    return new ByteWriter()
      .bytes(this.pek)
      .field(utf8(this.serialNumber), SERIAL_BYTES)
      .bytes(randomBytes(32, this.#random));
  }

  #first(options: SyntheticCsvReportOptions, mnonce: Uint8Array): Uint8Array {
    const mask = options.anonce === undefined ? randomBytes(4, this.#random) : anonceBytes(options.anonce);
    const head = this.#fields(options, mnonce).finish();
    xorWords(head, 0, V1_MASKED, mask);
    const signer = this.#signer().finish();
    xorWords(signer, 0, CERTIFICATE_AND_SERIAL, mask);
    const writer = new ByteWriter().bytes(head).bytes(mask);
    writeCsvSignature(writer, this.#pek, head.subarray(0, V1_SIGNED));
    return writer.bytes(signer).bytes(hmacSm3(mnonce, signer)).finish();
  }

  #second(options: SyntheticCsvReportOptions, mnonce: Uint8Array): Uint8Array {
    const { measurement = new Uint8Array(DIGEST_BYTES), rtmrs = [], build = 1 } = options;
    const body = this.#fields(options, mnonce).u32(build).u16(1).zeros(14).field(measurement, DIGEST_BYTES);
    for (let i = 0; i < OWN_RTMRS; i++) body.field(rtmrs[i] ?? new Uint8Array(0), DIGEST_BYTES);
    const signed = body.zeros(0x400 - body.length).finish();
    const signer = this.#signer().finish();
    const writer = new ByteWriter().bytes(signed);
    writeCsvSignature(writer, this.#pek, signed);
    return writer.bytes(signer).bytes(hmacSm3(mnonce, signer)).finish();
  }
}

/**
 * Makes a hierarchy shaped like Hygon's: HRK, HSK, CEK, OCA and PEK, and reports of its one chip. Its reports are
 * marked by their signer ids, and the claims of a verifier say `emulated`.
 *
 * @throws {@link SmError} ERR_TEE_OPTION_INVALID
 * @group Synthetic evidence
 * @example
 * ```ts
 * import { csvVerifier } from '@cssi/tee-client/evidence';
 * import { createSyntheticHygon } from '@cssi/tee-client/synthetic';
 *
 * const chip = createSyntheticHygon();
 * const nonce = crypto.getRandomValues(new Uint8Array(32));
 * const report = chip.report({ reportData: nonce, withChain: true });
 * const verdict = csvVerifier.verify(report, {
 *   time: new Date(),
 *   anchors: { hygonRoots: [chip.hrk] },
 *   reportData: nonce,
 * });
 * console.log(verdict.trust.status, verdict.claims.emulated); // passed true
 * ```
 */
export function createSyntheticHygon(options: SyntheticHygonOptions = {}): SyntheticHygon {
  return new Platform(options);
}

/**
 * What anybody can do to a report of version 1, because its mask is not signed: changes the mask by `delta`, keeps the
 * certificate and the serial number readable under it, and makes the MAC anew, whose key is in the report. The
 * signature stays right; every field of the report changes by `delta`.
 *
 * @param report - 2,548 bytes
 * @group Synthetic evidence
 */
export function shiftCsvMask(report: Uint8Array, delta: number): Uint8Array {
  const shifted = report.slice();
  const change = anonceBytes(delta);
  // Usage and algorithm, and the mask itself; then certificate and serial number.
  xorWords(shifted, V1_SIGNED, ANONCE_AT + 4, change);
  xorWords(shifted, V1_SIGNER_AT, V1_SIGNER_AT + CERTIFICATE_AND_SERIAL, change);
  const mnonce = shifted.slice(0x80, 0x90);
  xorWords(mnonce, 0, 16, shifted.subarray(ANONCE_AT, ANONCE_AT + 4));
  const macAt = V1_SIGNER_AT + CERTIFICATE_AND_SERIAL + 32;
  shifted.set(hmacSm3(mnonce, shifted.subarray(V1_SIGNER_AT, macAt)), macAt);
  return shifted;
}

/**
 * An attester that makes reports of a synthetic chip.
 *
 * @param fields - what every report says besides its report data
 * @group Synthetic evidence
 */
export function syntheticCsvAttester(
  chip: SyntheticHygon,
  fields: Omit<SyntheticCsvReportOptions, 'reportData'> = {},
): Attester {
  return {
    specVersion: '1',
    type: 'csv',
    maxReportData: REPORT_DATA_BYTES,
    evidence: async (reportData) => {
      if (reportData.length > REPORT_DATA_BYTES) throw malformedOption('reportData');
      return chip.report({ withChain: true, ...fields, reportData });
    },
  };
}
