/**
 * How a store is opened, and why what is accepted is right.
 *
 * On the disk: one log (a chain of frames, one per commit) and a counter file with two slots. A slot
 * names a commit n: the generation of the log, where its frame ends, and the frame's tag, under a MAC.
 * A frame opens only behind the frame before, because its associated data hold that one's tag. So a
 * slot fixes the whole history up to n. A commit is:
 *
 * 1. the frame n + 1 is appended; sync of the log (one write, or several for a large frame);
 * 2. the slot of parity n + 1, which held n - 1, is overwritten in place; sync of the counter.
 *
 * It returns after 2, and is confirmed then. Making the store: log header, sync, then the counter file
 * with slots 0 and 1 under a temporary name, sync, rename, sync of the folder. Moving to a new log
 * (compaction): the new log complete and synced; a commit whose frame in the old log says `moved` and
 * names the new log's end and tag; its slot names the new log; the old log is removed.
 *
 * **What a crash can leave**, with n the highest valid slot:
 *
 * - no counter, a log without frames, perhaps cut: nothing was ever confirmed; begin anew;
 * - both slots valid (n - 1 and n), behind n nothing, or something torn: commit n + 1 did not get
 *   through step 1; it is dropped, and cut off before the next write;
 * - both slots valid, behind n exactly one whole frame: it did not get through step 2; it is taken,
 *   synced and its slot written. Either answer would be right; this one makes the attack below useless;
 * - one slot invalid: step 2 was cut, so step 1 was through and a whole frame n + 1 must be there;
 * - logs of other generations: not begun to be used, or no longer used; removed.
 *
 * Where fsync is not to be had (`durability.ts`), each write is on the disk when it returns, so a sync
 * has nothing left to do and the order above stays. Only a cut of the file can then come late: what it
 * cut off may be found again behind the end, where the chain makes it something torn.
 *
 * A process that ends without a power cut leaves the same states, but what it did not sync can still be
 * lost: so opening syncs the counter, the names and a frame it takes before anything follows from them.
 *
 * **What attacks look like** that change, cut, restore or swap single files:
 *
 * - frames up to n altered: the chain breaks before n (INTEGRITY); the log cut or replaced by an older
 *   one: it ends before n, or has another tag there (ROLLBACK); taken away (MISSING). Data boxes are
 *   not read at opening; an altered one is refused when it is read (CORRUPT_OBJECT), and no other box
 *   fits in its place, since key and nonce belong to that place in that file;
 * - the counter set back by one while the log stays: taken for the crash in step 2, result: the newest
 *   state. Set back further: two frames follow the slot, which no crash leaves (ROLLBACK);
 * - the newest slot spoiled: again the newest state, as n + 1 is in the log. Spoiled, and the log cut by
 *   one frame: one slot is invalid and no frame follows (ROLLBACK);
 * - a slot from elsewhere or long ago: MAC, parity, or two slots that are not neighbours;
 * - the counter taken away: a log with frames needs one (MISSING); garbage in it (INTEGRITY);
 * - something appended to the log: dropped like a torn frame.
 *
 * **What this cannot see**: the whole folder put back as it once was, or taken away. Every byte is
 * genuine then, and only a counter outside of the folder could tell: in hardware (RPMB, a TPM's NV
 * counter), or `minimumSequence` of who keeps {@link ObjectStore.sequence} elsewhere.
 *
 * Keys are never used for two contents at one place: a key is made afresh by every run that writes, and
 * given up with any frame that was not finished. So restored folders and dropped frames do not repeat
 * a nonce.
 */
import { equalBytes } from '@cssi/sm-core';
import { TEE_CLIENT_ERRORS } from '../../spec/v1/errors.ts';
import { COUNTER_NAME, COUNTER_TEMPORARY, CounterFile, type CounterState } from './counter-file.ts';
import { type Frame, LogFile, logGeneration } from './log-file.ts';
import { LOG_HEADER_BYTES } from './log-format.ts';
import type { BoxRef, LogOperation } from './log-operations.ts';
import { ObjectIndex } from './object-index.ts';
import { ReadWindow } from './read-window.ts';
import type { StoreFiles } from './store-files.ts';
import type { StoreKeys } from './store-keys.ts';

const fail = TEE_CLIENT_ERRORS.create;

/** A store that is open. */
export interface OpenStore {
  log: LogFile;
  index: ObjectIndex;
  readonly counter: CounterFile;
  /** Number of the last confirmed commit. */
  sequence: number;
}

/** Makes an empty store. @throws {@link SmError} ERR_TEE_STORAGE */
export function createStore(files: StoreFiles, keys: StoreKeys): OpenStore {
  const log = LogFile.create(files, keys, 1);
  try {
    log.file.sync();
    files.syncFolder();
    const first = CounterFile.create(files, keys, { generation: 1, end: log.end, tag: log.tag });
    const counter = new CounterFile(files.open(COUNTER_NAME, false), keys);
    return { log, counter, index: new ObjectIndex(), sequence: first.sequence };
  } catch (error) {
    log.close();
    throw error;
  }
}

/**
 * Opens what is there; `undefined` when nothing was ever confirmed.
 *
 * @throws {@link SmError} ERR_TEE_SEAL_INTEGRITY, ERR_TEE_SEAL_MISSING, ERR_TEE_SEAL_ROLLBACK,
 * ERR_TEE_STATE_FORMAT, ERR_TEE_STORAGE
 */
export function recoverStore(files: StoreFiles, keys: StoreKeys): OpenStore | undefined {
  const names = files.list();
  if (!names.includes(COUNTER_NAME)) {
    refuseLogsWithFrames(files, names);
    return undefined;
  }
  const counter = new CounterFile(files.open(COUNTER_NAME, false), keys);
  let store: OpenStore | undefined;
  try {
    const { state, torn } = counter.read();
    const log = LogFile.open(files, keys, state.generation);
    store = { log, index: new ObjectIndex(), counter, sequence: state.sequence };
    store.index = replay(log, state);
    // What is seen here may be what a process left unsynced that ended; nothing is built on it before it is safe.
    counter.settle(state);
    files.syncFolder();
    if (!takeTail(store, files, keys) && torn)
      throw fail('ERR_TEE_SEAL_ROLLBACK', { detail: 'part=counter' });
    removeStale(files, store.log.generation);
    return store;
  } catch (error) {
    store?.log.close();
    counter.close();
    throw error;
  }
}

function refuseLogsWithFrames(files: StoreFiles, names: readonly string[]): void {
  for (const name of names.filter((one) => logGeneration(one) !== undefined)) {
    const file = files.open(name, false);
    let size: number;
    try {
      size = file.size();
    } finally {
      file.close();
    }
    if (size > LOG_HEADER_BYTES) throw fail('ERR_TEE_SEAL_MISSING', { detail: 'part=counter' });
  }
}

/** The objects as of the frame the counter names. */
function replay(log: LogFile, state: CounterState): ObjectIndex {
  if (log.file.size() < state.end) throw fail('ERR_TEE_SEAL_ROLLBACK', { detail: 'part=log' });
  const index = new ObjectIndex();
  const window = new ReadWindow(log.file);
  while (log.end < state.end) {
    const frame = log.peek(window);
    if (frame === undefined || !applies(index, frame.operations)) {
      throw fail('ERR_TEE_SEAL_INTEGRITY', { detail: 'part=log' });
    }
    log.advance(frame.end, frame.tag);
  }
  if (log.end !== state.end || !equalBytes(log.tag, state.tag)) {
    throw fail('ERR_TEE_SEAL_ROLLBACK', { detail: 'part=log' });
  }
  return index;
}

function applies(index: ObjectIndex, operations: readonly LogOperation[]): boolean {
  try {
    for (const operation of operations) index.apply(operation);
    return true;
  } catch {
    return false;
  }
}

/** The boxes of a frame were written before its slot, but not in order: are all of them on the disk? */
function boxesAreThere(log: LogFile, frame: Frame): boolean {
  const refs: BoxRef[] = [];
  for (const operation of frame.operations) {
    if (operation.kind === 'put' || operation.kind === 'patch') {
      for (const [, ref] of operation.chunks) refs.push(ref);
    }
    if ((operation.kind === 'put' || operation.kind === 'attributes') && operation.attributes) {
      refs.push(operation.attributes);
    }
  }
  return refs.every((ref) => {
    const plain = log.readBox(ref);
    plain?.fill(0);
    return plain !== undefined;
  });
}

/** Takes a commit whose slot was not written; whether there was one. */
function takeTail(store: OpenStore, files: StoreFiles, keys: StoreKeys): boolean {
  const { log, index } = store;
  const start = log.end;
  const window = new ReadWindow(log.file);
  const frame = log.peek(window);
  if (frame === undefined || !boxesAreThere(log, frame)) return false;
  log.advance(frame.end, frame.tag);
  if (log.peek(window) !== undefined) throw fail('ERR_TEE_SEAL_ROLLBACK', { detail: 'part=counter' });
  const [first] = frame.operations;
  const sequence = store.sequence + 1;
  if (first?.kind === 'moved') {
    const { generation, end, tag } = first;
    const next = LogFile.open(files, keys, generation);
    log.close();
    store.log = next;
    store.index = replay(next, { sequence, generation, end, tag });
  } else {
    log.rewrite(start, frame.end);
    if (!applies(index, frame.operations)) throw fail('ERR_TEE_SEAL_INTEGRITY', { detail: 'part=log' });
  }
  confirm(store);
  return true;
}

/** Moves the counter on to the log as it is. */
export function confirm(store: OpenStore): void {
  const { generation, end, tag } = store.log;
  const sequence = store.sequence + 1;
  store.counter.write({ sequence, generation, end, tag });
  store.sequence = sequence;
}

/** Removes logs that are not in use: of a compaction that did not end, or that ended. */
export function removeStale(files: StoreFiles, generation: number): void {
  for (const name of files.list()) {
    const other = logGeneration(name);
    if ((other !== undefined && other !== generation) || name === COUNTER_TEMPORARY) files.remove(name);
  }
}
