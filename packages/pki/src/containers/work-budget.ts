import { PKI_ERRORS } from '../errors.ts';
import { DerProblem } from '../internal/tlv.ts';
import { MAX_CONTAINER_ITERATIONS, MAX_PKCS12_ITERATIONS } from '../spec/v1/container.ts';

/** Counts the iterations that the parts of one file ask for, before any of them is run. */
export class WorkBudget {
  #pbkdf2 = MAX_CONTAINER_ITERATIONS;
  #pkcs12 = MAX_PKCS12_ITERATIONS;

  /** @throws SmError ERR_PKI_WORK_LIMIT */
  pbkdf2(iterations: number): void {
    this.#pbkdf2 = left(this.#pbkdf2, iterations);
  }

  /** @throws SmError ERR_PKI_WORK_LIMIT */
  pkcs12(iterations: number): void {
    this.#pkcs12 = left(this.#pkcs12, iterations);
  }
}

function left(budget: number, iterations: number): number {
  if (iterations < 1) throw new DerProblem('iterations');
  if (iterations > budget) {
    throw PKI_ERRORS.create('ERR_PKI_WORK_LIMIT', { detail: 'reason=iterations' });
  }
  return budget - iterations;
}
