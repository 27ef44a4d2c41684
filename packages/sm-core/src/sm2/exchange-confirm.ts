import { SM_CORE_ERRORS } from '../errors.ts';
import type { Secret } from '../secret.ts';
import type { ExchangeSecrets } from './exchange-secrets.ts';

/** What the initiator has after the confirmation of the other side was right. */
export interface Sm2ConfirmedKey {
  /** K_A; the caller's to destroy. */
  readonly key: Secret;
  /** S_A, 32 bytes, to be sent to the responder. */
  readonly confirmation: Uint8Array;
}

/** The initiator, waiting for S_B: neither the key nor S_A leaves before it was checked. */
export interface Sm2InitiatorConfirming {
  /**
   * Checks S_B in constant time; may be called once, and a wrong one ends the run.
   *
   * @standard GB/T 32918.3-2016 §6.1 A9, A10
   * @throws {@link SmError} ERR_SM2_EXCHANGE_FAILED, ERR_SM2_EXCHANGE_STATE
   */
  confirm(received: Uint8Array): Sm2ConfirmedKey;
  /** Ends the run and zeroes its secrets. */
  destroy(): void;
}

/** The responder, waiting for S_A: the key does not leave before it was checked. */
export interface Sm2ResponderConfirming {
  /** S_B, 32 bytes, to be sent to the initiator with R_B. @standard GB/T 32918.3-2016 §6.1 B8, B9 */
  readonly confirmation: Uint8Array;
  /**
   * Checks S_A in constant time and gives K_B, the caller's to destroy; may be called
   * once, and a wrong one ends the run.
   *
   * @standard GB/T 32918.3-2016 §6.1 B10
   * @throws {@link SmError} ERR_SM2_EXCHANGE_FAILED, ERR_SM2_EXCHANGE_STATE
   */
  confirm(received: Uint8Array): Secret;
  /** Ends the run and zeroes its secrets. */
  destroy(): void;
}

/** Keeps the secrets of a run until the other side has shown that it has them too. */
class Confirming {
  #secrets: ExchangeSecrets | undefined;

  constructor(secrets: ExchangeSecrets) {
    this.#secrets = secrets;
  }

  destroy(): void {
    this.#secrets?.destroy();
    this.#secrets = undefined;
  }

  /** Gives the secrets to `use` when `received` is the confirmation of `side`, once, and zeroes them. */
  protected check<T>(side: 'A' | 'B', received: Uint8Array, use: (secrets: ExchangeSecrets) => T): T {
    const secrets = this.#secrets;
    if (secrets === undefined) throw SM_CORE_ERRORS.create('ERR_SM2_EXCHANGE_STATE');
    this.#secrets = undefined;
    try {
      if (!secrets.matches(side, received)) throw SM_CORE_ERRORS.create('ERR_SM2_EXCHANGE_FAILED');
      return use(secrets);
    } finally {
      secrets.destroy();
    }
  }
}

/** A after A8. */
export class InitiatorConfirming extends Confirming implements Sm2InitiatorConfirming {
  confirm(received: Uint8Array): Sm2ConfirmedKey {
    return this.check('B', received, (secrets) => ({
      confirmation: secrets.confirmation('A'),
      key: secrets.takeKey(),
    }));
  }
}

/** B after B9. */
export class ResponderConfirming extends Confirming implements Sm2ResponderConfirming {
  readonly #confirmation: Uint8Array;

  constructor(secrets: ExchangeSecrets) {
    super(secrets);
    this.#confirmation = secrets.confirmation('B');
  }

  get confirmation(): Uint8Array {
    return Uint8Array.from(this.#confirmation);
  }

  confirm(received: Uint8Array): Secret {
    return this.check('A', received, (secrets) => secrets.takeKey());
  }
}
