import { sm3, toHex, utf8 } from '@cssi/sm-core';
import type { TaManifest } from '../../../spec/v1/manifest.ts';
import { encodeManifest } from '../../../spec/v1/manifest-codec.ts';
import type { TeecUuid } from '../../../spec/v1/uuid.ts';

/** A trusted application that comes with the package, as the core needs it. */
export interface BuiltIn {
  readonly manifest: TaManifest;
  readonly image: string;
  readonly code: string;
  readonly optional: boolean;
}

/** Digests of a built-in application. */
export interface BuiltInDigests {
  readonly header: Uint8Array;
  readonly code: Uint8Array;
  readonly codeHex: string;
}

/** The built-in applications this start offers. They are part of the measured package, so unsigned. */
export class Catalogue {
  readonly #all: ReadonlyMap<TeecUuid, BuiltIn>;
  readonly #reserved: ReadonlySet<TeecUuid>;
  readonly #digests = new Map<TeecUuid, BuiltInDigests>();

  constructor(all: ReadonlyMap<TeecUuid, BuiltIn>, withOptional: boolean) {
    this.#reserved = new Set(all.keys());
    this.#all = new Map([...all].filter(([, { optional }]) => withOptional || !optional));
  }

  get(uuid: TeecUuid): BuiltIn | undefined {
    return this.#all.get(uuid);
  }

  /** Whether a uuid is one of the package, offered at this start or not. */
  reserves(uuid: TeecUuid): boolean {
    return this.#reserved.has(uuid);
  }

  get uuids(): readonly TeecUuid[] {
    return [...this.#all.keys()];
  }

  /** @throws {@link SmError} ERR_TEE_MANIFEST_INVALID */
  digests(uuid: TeecUuid, builtIn: BuiltIn): BuiltInDigests {
    let digests = this.#digests.get(uuid);
    if (digests === undefined) {
      const code = sm3(utf8(builtIn.code));
      digests = { header: sm3(encodeManifest(builtIn.manifest)), code, codeHex: toHex(code) };
      this.#digests.set(uuid, digests);
    }
    return digests;
  }
}
