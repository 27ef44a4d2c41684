import type { Secret, Sm2KeyPair, SmError } from '@cssi/sm-core';
import { TEE_CLIENT_ERRORS, type TeeClientErrorCode } from '../../../errors.ts';
import type { TeecUuid } from '../../../spec/v1/uuid.ts';
import type { ManagementEffect } from '../domain-protocol.ts';
import type { Catalogue } from './catalogue.ts';
import type { Registry } from './registry.ts';

/** What an action works with besides the registry. */
export interface ActionContext {
  readonly catalogue: Catalogue;
  readonly huk: Secret;
  readonly bundleKey: Sm2KeyPair;
  readonly tcbVersion: number;
  readonly payload: Uint8Array;
}

/** What an action leads to; nothing of it has happened yet. */
export interface ActionOutcome {
  readonly registry: Registry;
  readonly effect: ManagementEffect;
  /** A bundle to be written before the registry names it. */
  readonly bundle: { readonly digest: string; readonly bytes: Uint8Array } | undefined;
  /** The application it was about, for the audit log. */
  readonly uuid: TeecUuid | undefined;
}

/** A refusal with its reason. */
export const fail = (code: TeeClientErrorCode, reason: string): SmError =>
  TEE_CLIENT_ERRORS.create(code, { detail: `reason=${reason}` });
const NO_EFFECT: ManagementEffect = { stop: [], forget: [], personalise: undefined };
/** An outcome without a bundle. */
export const outcome = (
  registry: Registry,
  effect: Partial<ManagementEffect> = {},
  uuid?: TeecUuid,
): ActionOutcome => ({ registry, effect: { ...NO_EFFECT, ...effect }, bundle: undefined, uuid });
