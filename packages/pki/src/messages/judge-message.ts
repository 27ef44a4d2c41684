import { AspectBuilder, type Verdict } from '@cssi/sm-core';
import type { Certificate } from '../spec/v1/certificate.ts';
import { MESSAGE_REASONS, type MessageReasonCode } from '../spec/v1/message-report.ts';
import type { PathReport } from '../spec/v1/path.ts';
import type { SignerFacts } from './verify-signer.ts';
import { maySign } from './write-signer.ts';

type How = 'pass' | 'fail' | 'doubt';

/** Puts what was found about the signers into one verdict; the worst signer decides. */
export class MessageJudge {
  readonly #integrity = new AspectBuilder();
  readonly #trust = new AspectBuilder();
  readonly #time = new AspectBuilder();

  say(aspect: 'integrity' | 'trust' | 'time', how: How, code: MessageReasonCode, index?: number): void {
    const builder = { integrity: this.#integrity, trust: this.#trust, time: this.#time }[aspect];
    const [en, zh] = MESSAGE_REASONS[code];
    if (index === undefined) builder[how](code, `${en.charAt(0).toUpperCase()}${en.slice(1)}.`, `${zh}。`);
    else builder[how](code, `Signer ${index + 1}: ${en}.`, `签名者 ${index + 1}：${zh}。`);
  }

  sayFacts(index: number, { passed, failed, doubts }: SignerFacts): void {
    for (const code of failed) this.say('integrity', 'fail', code, index);
    for (const code of doubts) this.say('integrity', 'doubt', code, index);
    for (const code of passed) this.say('integrity', 'pass', code, index);
  }

  sayTrust(index: number, certificate: Certificate | undefined, report: PathReport | undefined): void {
    if (certificate !== undefined && !maySign(certificate)) {
      this.say('trust', 'fail', 'SIGNER_KEY_USAGE', index);
    }
    if (report !== undefined) {
      this.#integrity.add(report.verdict.integrity);
      this.#trust.add(report.verdict.trust);
      this.#time.add(report.verdict.time);
      return;
    }
    const code = certificate === undefined ? 'CERTIFICATE_MISSING' : 'PATH_NOT_JUDGED';
    this.say('trust', 'doubt', code, index);
    this.say('time', 'doubt', code, index);
  }

  build(): Verdict {
    return { integrity: this.#integrity.build(), trust: this.#trust.build(), time: this.#time.build() };
  }
}
