import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { concatBytes } from '@cssi/sm-core';
import { SNP_OIDS } from '../evidence/snp/certificate.ts';
import { encodeSnpTable, type SnpTableEntryName } from '../evidence/snp/table.ts';
import type { SnpProduct } from '../evidence/snp/tcb.ts';
import {
  amdValue,
  issueAmdCrl,
  issueAmdEndorsement,
  makeAmdCa,
  type SyntheticAmdCa,
  type Validity,
} from './amd-certificates.ts';
import { type SyntheticSnpReport, type SyntheticSnpTcb, writeSnpReport } from './snp-report.ts';

export { type SyntheticSnpReport, type SyntheticSnpTcb, signSnpReport } from './snp-report.ts';

/** @group Synthetic evidence */
export interface SyntheticSnpOptions {
  /** Milan when left out. */
  readonly product?: SnpProduct;
  /** Bits of the RSA keys; 4096, as AMD's, when left out. Shorter ones are made faster. */
  readonly modulusLength?: number;
  /** 2026-01-01 to 2046-01-01 when left out. */
  readonly notBefore?: Date;
  readonly notAfter?: Date;
}

/** What an endorsement key is issued for. @group Synthetic evidence */
export interface SyntheticEndorsementOptions {
  /** The chip's own key when left out. */
  readonly kind?: 'vcek' | 'vlek';
  readonly tcb?: SyntheticSnpTcb;
  /** 64 bytes, from Turin on the first 8 of them; a pattern when left out. */
  readonly chipId?: Uint8Array;
  /** Of a leased key. */
  readonly cspId?: string;
  readonly productName?: string;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  /** Values of extensions in place of those that would be there; undefined leaves one out. */
  readonly extensions?: Readonly<Record<string, Uint8Array | undefined>>;
}

/** An endorsement key (VCEK or VLEK) of a synthetic chip. @group Synthetic evidence */
export interface SyntheticEndorsement {
  readonly kind: 'vcek' | 'vlek';
  /** DER. */
  readonly certificate: Uint8Array;
  readonly privateKey: KeyObject;
  readonly tcb: SyntheticSnpTcb;
  /** 64 bytes. */
  readonly chipId: Uint8Array;
}

const DEFAULT_TCB: SyntheticSnpTcb = { fmc: 1, bootloader: 4, tee: 1, snp: 23, microcode: 213 };

const pattern = (length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, index) => (index * 7 + 1) & 0xff);

/**
 * A whole synthetic AMD: a root (ARK), the issuers of chip keys (ASK) and of leased keys (ASVK), and
 * whatever endorsement keys and reports are asked for. Its names say that it is synthetic, and nothing
 * of it verifies under AMD's roots.
 *
 * @example
 * ```ts
 * const amd = createSyntheticSnp();
 * const vcek = amd.endorse();
 * const evidence = amd.report(vcek, { reportData: challenge });
 * ```
 * @group Synthetic evidence
 */
export class SyntheticSnp {
  readonly product: SnpProduct;
  readonly #validity: Validity;
  readonly #ark: SyntheticAmdCa;
  readonly #ask: SyntheticAmdCa;
  readonly #asvk: SyntheticAmdCa;

  constructor(options: SyntheticSnpOptions = {}) {
    const { product = 'Milan', modulusLength = 4096 } = options;
    this.product = product;
    this.#validity = {
      notBefore: options.notBefore ?? new Date('2026-01-01T00:00:00Z'),
      notAfter: options.notAfter ?? new Date('2046-01-01T00:00:00Z'),
    };
    const ca = (name: string, serial: number, issuer?: SyntheticAmdCa) =>
      makeAmdCa(name, serial, modulusLength, this.#validity, issuer);
    this.#ark = ca(`ARK-${product}`, 1);
    this.#ask = ca(`SEV-${product}`, 2, this.#ark);
    this.#asvk = ca(`SEV-VLEK-${product}`, 3, this.#ark);
  }

  /** Root, DER: the anchor. */
  get ark(): Uint8Array {
    return this.#ark.certificate.slice();
  }

  /** Issuer of the chips' keys, DER. */
  get ask(): Uint8Array {
    return this.#ask.certificate.slice();
  }

  /** Issuer of leased keys, DER. */
  get asvk(): Uint8Array {
    return this.#asvk.certificate.slice();
  }

  /** A new endorsement key. */
  endorse(options: SyntheticEndorsementOptions = {}): SyntheticEndorsement {
    const { kind = 'vcek', tcb = DEFAULT_TCB } = options;
    const short = this.product === 'Turin';
    const chipId = new Uint8Array(64);
    chipId.set(options.chipId ?? pattern(short ? 8 : 64));
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'secp384r1' });
    const productName = options.productName ?? (kind === 'vcek' ? `${this.product}-B0` : this.product);
    const own: Record<string, Uint8Array | undefined> = {
      [SNP_OIDS.structVersion]: amdValue.version(short ? 1 : 0),
      [SNP_OIDS.productName]: amdValue.text(productName),
      [SNP_OIDS.bootloader]: amdValue.version(tcb.bootloader ?? 0),
      [SNP_OIDS.tee]: amdValue.version(tcb.tee ?? 0),
      [SNP_OIDS.spl4]: amdValue.version(0),
      [SNP_OIDS.spl5]: amdValue.version(0),
      [SNP_OIDS.spl6]: amdValue.version(0),
      [SNP_OIDS.spl7]: amdValue.version(0),
      [SNP_OIDS.snp]: amdValue.version(tcb.snp ?? 0),
      [SNP_OIDS.microcode]: amdValue.version(tcb.microcode ?? 0),
      [SNP_OIDS.fmc]: short ? amdValue.version(tcb.fmc ?? 0) : undefined,
      [SNP_OIDS.hwId]: kind === 'vcek' ? amdValue.bytes(chipId.subarray(0, short ? 8 : 64)) : undefined,
      [SNP_OIDS.cspId]: kind === 'vlek' ? amdValue.text(options.cspId ?? 'synthetic provider') : undefined,
      ...options.extensions,
    };
    const values = Object.entries(own).flatMap(([oid, value]) =>
      value === undefined ? [] : [[oid, value] as const],
    );
    const certificate = issueAmdEndorsement(
      kind === 'vcek' ? 'SEV-VCEK' : 'SEV-VLEK',
      publicKey,
      values,
      {
        notBefore: options.notBefore ?? this.#validity.notBefore,
        notAfter: options.notAfter ?? this.#validity.notAfter,
      },
      kind === 'vcek' ? this.#ask : this.#asvk,
    );
    return { kind, certificate, privateKey, tcb, chipId };
  }

  /** A report signed by an endorsement key, 1184 bytes. */
  report(endorsement: SyntheticEndorsement, fields: SyntheticSnpReport = {}): Uint8Array {
    const { kind, tcb, chipId, privateKey } = endorsement;
    return writeSnpReport(fields, { product: this.product, kind, tcb, chipId }, privateKey);
  }

  /** A report with the certificate table a host puts behind it: everything but trust in the root. */
  extendedReport(
    endorsement: SyntheticEndorsement,
    fields: SyntheticSnpReport = {},
    more: readonly (readonly [SnpTableEntryName, Uint8Array])[] = [],
  ): Uint8Array {
    const issuer = endorsement.kind === 'vcek' ? this.#ask : this.#asvk;
    const table = encodeSnpTable([
      [endorsement.kind, endorsement.certificate],
      ['ask', issuer.certificate],
      ['ark', this.#ark.certificate],
      ...more,
    ]);
    return concatBytes(this.report(endorsement, fields), table);
  }

  /** A revocation list of the root, DER. */
  crl(
    revoked: readonly ('ask' | 'asvk')[],
    thisUpdate: Date,
    nextUpdate: Date = new Date(thisUpdate.getTime() + 30 * 86_400_000),
  ): Uint8Array {
    const serials = revoked.map((name) => (name === 'ask' ? this.#ask : this.#asvk).serial);
    return issueAmdCrl(this.#ark, serials, thisUpdate, nextUpdate);
  }
}

/**
 * Makes a synthetic AMD; its three RSA keys take a few seconds with 4096 bits.
 *
 * @group Synthetic evidence
 */
export const createSyntheticSnp = (options?: SyntheticSnpOptions): SyntheticSnp => new SyntheticSnp(options);
