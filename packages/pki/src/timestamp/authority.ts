import { equalBytes } from '@cssi/sm-core';
import { PKI_ERRORS } from '../errors.ts';
import type { Certificate } from '../spec/v1/certificate.ts';
import type { CertificateSigner } from '../spec/v1/signer.ts';
import {
  MAX_TIMESTAMP_SERIAL_BYTES,
  type TimeStampAccuracy,
  type TimeStampFailure,
  type TimeStampHash,
} from '../spec/v1/timestamp.ts';
import { AuthorityClock } from './authority-clock.ts';
import { acceptRequest, Rejection, type RequestRules } from './authority-request.ts';
import { isTimeStampHash, TIMESTAMP_HASHES } from './hashes.ts';
import { accuracyMicros, writeTimeStampInfo } from './info.ts';
import { maySign, timeStampPurpose } from './purpose.ts';
import { isOidText } from './request.ts';
import { writeGranted, writeRejection } from './response.ts';
import { signToken } from './sign-token.ts';

const MAX_POLICIES = 64;
const MAX_CHAIN = 8;
const MAX_ACCURACY_SECONDS = 86_400;

/** What a time stamp authority is made of. */
export interface TimeStampAuthorityOptions {
  readonly signer: CertificateSigner;
  /** For the key of `signer`; its extended key usage is timeStamping alone, critical. */
  readonly certificate: Certificate;
  /** Certificates above, which go into tokens along with the authority's. At most 8. */
  readonly chain?: readonly Certificate[];
  /** OID of the policy of tokens for requests that ask for none. */
  readonly policy: string;
  /** Further policies that requests may ask for. At most 64. */
  readonly acceptedPolicies?: readonly string[];
  /** Hashes of imprints; SM3 and SHA-2 when left out. */
  readonly hashes?: readonly TimeStampHash[];
  /** How far off the clock may be, as tokens state it. */
  readonly accuracy?: TimeStampAccuracy;
  /**
   * State, and see to it, that genTime puts all tokens of this authority in order. Each token has
   * a later time than the one before, by a millisecond at least, and none is ahead of the clock by
   * more than `accuracy`: when more are asked for than there are milliseconds, a token waits for
   * the clock, for up to a second, and is rejected with `timeNotAvailable` beyond that.
   *
   * The order holds for one authority object. Over a restart it holds when the clock was not set
   * back and `lastTime` is given; over several authorities with one key it does not hold.
   */
  readonly ordering?: boolean;
  /** With `ordering`: genTime of the last token before a restart, which the next one must be after. */
  readonly lastTime?: Date;
  /** Name the authority in its tokens; `false` when left out. */
  readonly includeName?: boolean;
  readonly clock: () => Date;
  /** A serial number that no token had before: positive, 1 to 20 bytes. */
  readonly serial: () => Uint8Array | Promise<Uint8Array>;
  /** Message syntax of tokens: RFC 5652 as of RFC 3161, or GB/T 35275; the first when left out. */
  readonly syntax?: 'rfc5652' | 'gbt35275';
  /** Told why a request failed on this side (`systemFailure`, `timeNotAvailable`). */
  readonly onFailure?: (error: unknown) => void;
}

/** A time stamp authority (时间戳机构) without a transport. */
export interface TimeStampAuthority {
  /**
   * Answers a request. Whatever the request is, and whatever fails on this side, the answer is
   * a TimeStampResp: granted, or a rejection that says why.
   *
   * @param requestDer - TimeStampReq, DER, at most 16,384 bytes
   */
  reply(requestDer: Uint8Array): Promise<Uint8Array>;
}

const invalid = (option: string) =>
  PKI_ERRORS.create('ERR_PKI_TIMESTAMP_OPTIONS', { detail: `option=${option}` });

function checkAccuracy(accuracy: TimeStampAccuracy | undefined): void {
  if (accuracy === undefined) return;
  const { seconds, millis, micros } = accuracy;
  const within = (part: number | undefined, from: number, to: number) =>
    part === undefined || (Number.isInteger(part) && part >= from && part <= to);
  // RFC 3161 §2.4.2: milli- and microseconds are 1 to 999, and nought is written by leaving them out.
  if (!within(seconds, 0, MAX_ACCURACY_SECONDS) || !within(millis, 1, 999) || !within(micros, 1, 999)) {
    throw invalid('accuracy');
  }
}

/** RFC 3161 §2.3: an authority stamps with a key for nothing else. */
function checkCertificate({ signer, certificate, chain = [] }: TimeStampAuthorityOptions): void {
  if (timeStampPurpose(certificate) !== 'sole-and-critical' || !maySign(certificate)) {
    throw invalid('certificate');
  }
  if (!equalBytes(signer.publicKeyInfo, certificate.publicKeyInfo)) throw invalid('signer');
  if (!Array.isArray(chain) || chain.length > MAX_CHAIN) throw invalid('chain');
}

/** The clock, which follows `ordering` as far as the accuracy allows. */
function clockOf({ clock, ordering, accuracy, lastTime }: TimeStampAuthorityOptions): AuthorityClock {
  if (typeof clock !== 'function') throw invalid('clock');
  const good = lastTime === undefined || (lastTime instanceof Date && !Number.isNaN(lastTime.getTime()));
  if (!good) throw invalid('lastTime');
  if (ordering !== true) return new AuthorityClock(clock);
  const ahead = accuracy === undefined ? 0 : Math.floor(accuracyMicros(accuracy) / 1000);
  return new AuthorityClock(clock, { ahead, last: lastTime });
}

function rulesOf({ policy, acceptedPolicies = [], hashes }: TimeStampAuthorityOptions): RequestRules {
  const policies = [policy, ...acceptedPolicies];
  if (policies.length > MAX_POLICIES || !policies.every(isOidText)) throw invalid('policy');
  const accepted = [...(hashes ?? TIMESTAMP_HASHES)];
  if (accepted.length === 0 || !accepted.every(isTimeStampHash)) throw invalid('hashes');
  return { hashes: accepted, policies };
}

function checkSerial(serial: unknown): Uint8Array {
  const fits =
    serial instanceof Uint8Array && serial.length > 0 && serial.length <= MAX_TIMESTAMP_SERIAL_BYTES;
  if (!fits || serial.every((byte) => byte === 0)) throw invalid('serial');
  return Uint8Array.from(serial);
}

class Authority implements TimeStampAuthority {
  readonly #options: TimeStampAuthorityOptions;
  readonly #rules: RequestRules;
  readonly #clock: AuthorityClock;

  constructor(options: TimeStampAuthorityOptions) {
    this.#options = options;
    checkCertificate(options);
    checkAccuracy(options.accuracy);
    if (typeof options.serial !== 'function') throw invalid('serial');
    this.#rules = rulesOf(options);
    this.#clock = clockOf(options);
  }

  async reply(requestDer: Uint8Array): Promise<Uint8Array> {
    try {
      return writeGranted(await this.#stamp(requestDer));
    } catch (error) {
      const [failure, text]: [TimeStampFailure, string] =
        error instanceof Rejection
          ? [error.failure, error.message]
          : ['systemFailure', 'the authority failed'];
      if (failure === 'systemFailure' || failure === 'timeNotAvailable') this.#report(error);
      return writeRejection(failure, text);
    }
  }

  /** An observer that fails must not take the answer away. */
  #report(error: unknown): void {
    try {
      this.#options.onFailure?.(error);
    } catch {
      // Nobody is left to tell.
    }
  }

  async #stamp(requestDer: Uint8Array): Promise<Uint8Array> {
    const { signer, certificate, chain = [], accuracy, ordering = false, syntax = 'rfc5652' } = this.#options;
    const { imprint, policy, nonce, certReq } = acceptRequest(requestDer, this.#rules);
    const serial = checkSerial(await this.#options.serial());
    const time = await this.#clock.next(certificate);
    const info = writeTimeStampInfo({
      policy: policy ?? this.#options.policy,
      imprint,
      serial,
      time,
      accuracy,
      ordering,
      nonce,
      tsaName: this.#options.includeName === true ? certificate.subjectRaw : undefined,
    });
    // RFC 3161 §2.4.1: without certReq the certificates field must not be there.
    const certificates = certReq ? [certificate, ...chain] : [];
    return signToken(info, { signer, certificate, certificates, syntax, time });
  }
}

/**
 * Makes a time stamp authority (时间戳机构). Tokens name its certificate by SM3 in the signed
 * attributes (SigningCertificateV2), and every signature is verified before it leaves.
 *
 * @standard GB/T 20520, RFC 3161 §2.1
 * @throws {@link SmError} ERR_PKI_TIMESTAMP_OPTIONS, among others for a certificate whose
 * extended key usage is not timeStamping alone and critical
 */
export function createTimeStampAuthority(options: TimeStampAuthorityOptions): TimeStampAuthority {
  return new Authority({ ...options });
}
