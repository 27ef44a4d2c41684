import type { CaseContext, ConformanceCase } from '@cssi/sm-core/conformance';
import { expectCode, expectTrue } from '@cssi/sm-core/conformance';
import type { PackRequest, Publisher } from '../internal/build-package.ts';
import type { OpenOptions, SoftwareDevice } from '../receive-model.ts';
import { MIN_CHUNK_BYTES } from '../spec/v1/constants.ts';
import type { PackageParts, PackageSource } from '../spec/v1/source.ts';
import { sharedWorld, sourceOf, type WatchedState, type World, watchedState } from './world.ts';

/** What a receiver is given. */
export type ReceiveRequest = Pick<
  OpenOptions,
  'source' | 'publisherAnchors' | 'time' | 'state' | 'policy'
> & {
  readonly device: SoftwareDevice;
};

/** What a receiver hands out. */
export interface Received {
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly receipt: Uint8Array;
}

/** An implementation of packing and receiving. */
export interface TransferImplementation {
  pack(request: PackRequest, publisher: Publisher): Promise<PackageParts>;
  receive(request: ReceiveRequest): Promise<Received>;
}

/** One case with its world. */
export class Scene {
  readonly implementation: TransferImplementation;
  readonly context: CaseContext;
  readonly world: World;
  readonly state: WatchedState = watchedState();

  constructor(implementation: TransferImplementation, context: CaseContext, world: World) {
    this.implementation = implementation;
    this.context = context;
    this.world = world;
  }

  /** The plaintext that {@link Scene.pack} packs: three chunks, the last one short, and an empty file. */
  plaintext(): { readonly model: Uint8Array; readonly empty: Uint8Array } {
    return { model: this.context.bytes('model', 2 * MIN_CHUNK_BYTES + 1001), empty: new Uint8Array(0) };
  }

  /** Packs for the first device. */
  pack(
    change: Partial<PackRequest> = {},
    publisher: Publisher = this.world.publisher,
  ): Promise<PackageParts> {
    const { model, empty } = this.plaintext();
    return this.implementation.pack(
      {
        files: [
          { name: 'model.onnx', input: model },
          { name: 'notes.txt', input: empty },
        ],
        modelId: 'detector',
        version: 5,
        level: 'L2',
        link: 'edge-cloud',
        expires: new Date(this.context.now.getTime() + 86_400_000),
        recipients: [this.world.device.certificate],
        chunkBytes: MIN_CHUNK_BYTES,
        clock: () => this.context.now,
        ...change,
      },
      publisher,
    );
  }

  /** Receives as the first device. */
  receive(parts: PackageParts | PackageSource, change: Partial<ReceiveRequest> = {}): Promise<Received> {
    return this.implementation.receive({
      source: 'specVersion' in parts ? parts : sourceOf(parts),
      device: this.world.device,
      publisherAnchors: this.world.anchors,
      time: this.context.now,
      state: this.state,
      ...change,
    });
  }

  /** Receiving must fail with one of `codes` and leave nothing behind. */
  async refuses(
    parts: PackageParts | PackageSource,
    codes: readonly string[],
    what: string,
    change: Partial<ReceiveRequest> = {},
  ): Promise<void> {
    const before = this.state.raised;
    await expectCode(() => this.receive(parts, change), codes, what);
    expectTrue(this.state.raised === before, `${what}: the version was remembered although receiving failed`);
  }
}

/** A case; the state of the receiver is its own. */
export function scene(
  id: string,
  clause: string,
  play: (scene: Scene) => Promise<void>,
): ConformanceCase<TransferImplementation> {
  return {
    id: `transfer.${id}`,
    clause,
    level: 'MUST',
    run: async (implementation, context) =>
      play(new Scene(implementation, context, await sharedWorld(context.now))),
  };
}
