import { PKI_ERRORS } from '../errors.ts';
import { DerProblem } from '../internal/tlv.ts';
import {
  type ContainerReading,
  MAX_CONTAINER_ITERATIONS,
  MAX_PKCS12_ITERATIONS,
} from '../spec/v1/container.ts';
import { badOptions } from './support.ts';

/** Counts the iterations that the parts of one file ask for, before any of them is run. */
export class WorkBudget {
  #pbkdf2: number;
  #pkcs12: number;

  /** @throws SmError ERR_PKI_CONTAINER_OPTIONS */
  constructor({ maxIterations = MAX_CONTAINER_ITERATIONS }: ContainerReading = {}) {
    const fits = Number.isInteger(maxIterations) && maxIterations >= 1;
    if (!fits || maxIterations > MAX_CONTAINER_ITERATIONS) throw badOptions('maxIterations');
    this.#pbkdf2 = maxIterations;
    this.#pkcs12 = Math.min(maxIterations, MAX_PKCS12_ITERATIONS);
  }

  /** @param blocks - outputs of the hash that the key takes @throws SmError ERR_PKI_WORK_LIMIT */
  pbkdf2(iterations: number, blocks: number): void {
    this.#pbkdf2 = left(this.#pbkdf2, iterations, blocks);
  }

  /** @param runs - how often the derivation runs @throws SmError ERR_PKI_WORK_LIMIT */
  pkcs12(iterations: number, runs: number): void {
    this.#pkcs12 = left(this.#pkcs12, iterations, runs);
  }
}

function left(budget: number, iterations: number, times: number): number {
  if (iterations < 1) throw new DerProblem('iterations');
  if (iterations * times > budget) {
    throw PKI_ERRORS.create('ERR_PKI_WORK_LIMIT', { detail: 'reason=iterations' });
  }
  return budget - iterations * times;
}
