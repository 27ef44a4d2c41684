import { Secret } from '@cssi/sm-core';
import { isU32, malformedAnswer, moduleFailure } from '../client/answer.ts';
import { checkCancellation } from '../client/binding.ts';
import type { ModuleSession } from '../client/module-session.ts';
import { checkCommand } from '../client/open-session.ts';
import { migrateApplication } from '../migration/migrate-application.ts';
import type { EnclaveChannel, EnclaveChannelOptions } from '../spec/v1/channel.ts';
import { TEEC_PARAM } from '../spec/v1/constants.ts';
import type {
  Enclave,
  EnclaveCallOptions,
  EnclaveMigrationOptions,
  SecureMemory,
} from '../spec/v1/enclave.ts';
import { TeecError, teecError } from '../spec/v1/error.ts';
import { EVIDENCE_FORMAT } from '../spec/v1/evidence.ts';
import type { MigrationResult } from '../spec/v1/migration.ts';
import type {
  ModuleCapability,
  ModuleDescription,
  ModuleServiceRequest,
  SecurityModule,
} from '../spec/v1/module.ts';
import type { ApplicationMetrics, ModuleSnapshot } from '../spec/v1/monitor.ts';
import { TEEC_RESULTS } from '../spec/v1/results.ts';
import type { Evidence } from '../spec/v1/root-key-service.ts';
import type { TeecUuid } from '../spec/v1/uuid.ts';
import { badParameter, copyBytes, copyField, wipeCopy } from './bytes.ts';
import { openEnclaveChannel } from './channel.ts';
import { EnclaveMemory } from './memory.ts';

const DEFAULT_OUTPUT = 65_536;
const LABEL = { min: 1, max: 64 };
const KEY = { min: 16, max: 64 };
const NONCE = { min: 16, max: 64 };
const MAX_USER_DATA = 64;
const MAX_CERTIFICATES = 8;

/** What an enclave needs to know of its platform. */
export interface EnclaveHost {
  readonly module: SecurityModule;
  readonly description: ModuleDescription;
  readonly capabilities: ReadonlySet<string>;
  onDestroy(enclave: ModuleEnclave): void;
}

const missingCapability = (capability: ModuleCapability) =>
  teecError('NOT_SUPPORTED', 'API', { detail: `capability=${capability}` });

/** One enclave of a security module. */
export class ModuleEnclave implements Enclave {
  readonly application: TeecUuid;
  readonly #host: EnclaveHost;
  readonly #session: ModuleSession;
  readonly #max: number;

  constructor(host: EnclaveHost, application: TeecUuid, session: ModuleSession) {
    this.#host = host;
    this.application = application;
    this.#session = session;
    this.#max = host.description.maxMemoryBytes;
  }

  async call(command: number, input: Uint8Array, options: EnclaveCallOptions = {}): Promise<Uint8Array> {
    this.#session.checkUsable();
    checkCommand(command);
    const { signal, maxOutput = Math.min(DEFAULT_OUTPUT, this.#max) } = options;
    if (!isU32(maxOutput) || maxOutput > this.#max) throw badParameter('maxOutput');
    if (signal !== undefined) checkCancellation(signal);
    const buffer = copyBytes(input, 'input', this.#max);
    const answer = await this.#session.invoke(
      command,
      [
        { type: TEEC_PARAM.MEMREF_TEMP_INPUT, size: buffer.length, buffer },
        { type: TEEC_PARAM.MEMREF_TEMP_OUTPUT, size: maxOutput, buffer: new Uint8Array(0) },
      ],
      signal,
    );
    const output = answer.params[1];
    wipeCopy(buffer, output?.type === 6 ? output.buffer : undefined);
    const size = output?.type === 6 && isU32(output.size) ? output.size : undefined;
    if (answer.result !== TEEC_RESULTS.SUCCESS) {
      const short = answer.result === TEEC_RESULTS.SHORT_BUFFER && size !== undefined;
      throw new TeecError(answer.result, answer.origin, short ? { detail: `required=${size}` } : {});
    }
    if (answer.params.length !== 2 || output?.type !== 6 || !(output.buffer instanceof Uint8Array)) {
      throw malformedAnswer('memory');
    }
    // The buffer of an answer is ours: it goes to the caller as it is.
    if (output.buffer.length !== size || size > maxOutput) throw malformedAnswer('memory');
    return output.buffer;
  }

  /** State and capability come before arguments. */
  #require(capability: ModuleCapability): void {
    this.#session.checkUsable();
    if (!this.#host.capabilities.has(capability)) throw missingCapability(capability);
  }

  /** The one part a service answers with. */
  async #part(request: ModuleServiceRequest): Promise<Uint8Array> {
    const { parts } = await this.#session.service(request);
    const [part] = parts;
    if (part === undefined || parts.length !== 1) throw malformedAnswer('parts');
    return part;
  }

  async seal(data: Uint8Array, aad: Uint8Array): Promise<Uint8Array> {
    this.#require('enclave-seal');
    const request = { data: copyBytes(data, 'data', this.#max), aad: copyBytes(aad, 'aad', this.#max) };
    const blob = await this.#part({ service: 'seal', ...request });
    wipeCopy(request.data, blob);
    return blob;
  }

  async unseal(blob: Uint8Array, aad: Uint8Array): Promise<Uint8Array> {
    this.#require('enclave-seal');
    const request = { data: copyBytes(blob, 'blob', this.#max), aad: copyBytes(aad, 'aad', this.#max) };
    return this.#part({ service: 'unseal', ...request });
  }

  async deriveKey(label: Uint8Array, length: number): Promise<Secret> {
    this.#require('enclave-derive');
    const name = copyField(label, 'label', LABEL.min, LABEL.max);
    if (!Number.isInteger(length) || length < KEY.min || length > KEY.max) throw badParameter('length');
    const key = await this.#part({ service: 'derive', label: name, length });
    if (key.length !== length) {
      key.fill(0);
      throw malformedAnswer('key');
    }
    return Secret.take(key);
  }

  async allocateMemory(size: number): Promise<SecureMemory> {
    this.#require('enclave-memory');
    if (!isU32(size) || size === 0) throw badParameter('size');
    const { value } = await this.#session.service({ service: 'memory-allocate', size });
    if (!isU32(value)) throw malformedAnswer('value');
    return new EnclaveMemory(this.#session, value, size, this.#max);
  }

  async evidence(nonce: Uint8Array, userData: Uint8Array = new Uint8Array(0)): Promise<Evidence> {
    this.#require('enclave-evidence');
    const request = {
      nonce: copyField(nonce, 'nonce', NONCE.min, NONCE.max),
      userData: copyField(userData, 'userData', 0, MAX_USER_DATA),
    };
    const { parts } = await this.#session.service({ service: 'evidence', ...request });
    const [report, ...certificates] = parts;
    if (report === undefined || certificates.length === 0 || certificates.length > MAX_CERTIFICATES) {
      throw malformedAnswer('parts');
    }
    return { format: EVIDENCE_FORMAT, report, certificates };
  }

  async secureChannel(options: EnclaveChannelOptions): Promise<EnclaveChannel> {
    this.#require('enclave-channel');
    const host = { session: this.#session, application: this.application, max: this.#max };
    return openEnclaveChannel(host, options);
  }

  async migrate(options: EnclaveMigrationOptions): Promise<MigrationResult> {
    this.#require('enclave-migrate');
    if (options === null || typeof options !== 'object') throw badParameter('options');
    return migrateApplication({ ...options, ta: this.application, source: this.#host.module });
  }

  async monitor(): Promise<ApplicationMetrics> {
    this.#require('monitor');
    let snapshot: ModuleSnapshot;
    try {
      snapshot = await this.#host.module.snapshot();
    } catch (error) {
      throw moduleFailure(error);
    }
    if (!Array.isArray(snapshot?.applications)) throw malformedAnswer('applications');
    const metrics = snapshot.applications.find((one) => one?.uuid === this.application);
    if (metrics === undefined) throw teecError('ITEM_NOT_FOUND', 'TEE');
    return metrics;
  }

  destroy(): Promise<void> {
    const closing = this.#session.close();
    // Not before the end: the platform waits for enclaves that are being destroyed, too.
    void closing.then(() => this.#host.onDestroy(this));
    return closing;
  }
}
