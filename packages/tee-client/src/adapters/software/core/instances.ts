import { randomBytes, toHex } from '@cssi/sm-core';
import { SecureLink } from '../../../channel/secure-link.ts';
import { TEE_CLIENT_ERRORS } from '../../../errors.ts';
import type { BootEvent } from '../../../spec/v1/evidence.ts';
import type { TaManifest } from '../../../spec/v1/manifest.ts';
import type { TeecUuid } from '../../../spec/v1/uuid.ts';

const MAX_INSTANCES = 4096;
const LINK_KEY_BYTES = 32;

/** A start the core has granted. */
export interface Instance {
  readonly id: string;
  readonly manifest: TaManifest;
  /** What is measured of it, for its evidence. */
  readonly event: BootEvent;
  readonly link: SecureLink;
}

/** The starts the core has granted and that have not ended. */
export class Instances {
  readonly #all = new Map<string, Instance>();

  /** Enters a start; the key of its link is the caller's to hand on and to zero. */
  add(manifest: TaManifest, event: BootEvent): { readonly instance: Instance; readonly linkKey: Uint8Array } {
    if (this.#all.size >= MAX_INSTANCES) {
      throw TEE_CLIENT_ERRORS.create('ERR_TEE_LAUNCH_REFUSED', { detail: 'reason=instances' });
    }
    const linkKey = randomBytes(LINK_KEY_BYTES);
    const instance: Instance = {
      id: toHex(randomBytes(16)),
      manifest,
      event,
      link: new SecureLink(linkKey, 'responder'),
    };
    this.#all.set(instance.id, instance);
    return { instance, linkKey };
  }

  /** @throws {@link SmError} ERR_TEE_CHANNEL for one the core does not know */
  get(id: string): Instance {
    const instance = this.#all.get(id);
    if (instance === undefined) {
      throw TEE_CLIENT_ERRORS.create('ERR_TEE_CHANNEL', { detail: 'reason=instance' });
    }
    return instance;
  }

  end(id: string): void {
    this.#all.get(id)?.link.destroy();
    this.#all.delete(id);
  }

  /** Ends all instances of these applications. */
  endAll(uuids: readonly TeecUuid[]): void {
    for (const { id, manifest } of [...this.#all.values()]) {
      if (uuids.includes(manifest.uuid)) this.end(id);
    }
  }

  destroy(): void {
    for (const id of [...this.#all.keys()]) this.end(id);
  }
}
