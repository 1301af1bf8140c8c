/** How keys and values are kept: 2 bytes a value, or 1 byte and a scale for every token and head. */
export type KvType = 'bf16' | 'int8';

/** What one token leaves in the cache. */
export interface KvShape {
  readonly layers: number;
  /** Query heads; a multiple of `kvHeads`. Query head h reads KV head floor(h · kvHeads / heads). */
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly type: KvType;
}

/** Tokens of one rBlock, the unit in which KV is allocated, shared, lent and moved; it holds them for all layers. */
export const BLOCK_TOKENS = 64;

/** Names one holder of KV in the whole cluster, for as long as it lives: `instance/index`. Never used again. */
export type ShardId = string;

/** Where one rBlock is. */
export interface BlockRef {
  readonly shard: ShardId;
  readonly block: number;
}

/**
 * Partial attention over one shard's tokens, for each row and query head, scores being q·k of the scaled q:
 * m = max s_i (−∞ without tokens), e = Σ exp(s_i − m), ma = Σ exp(s_i − m)·v_i (DistAttention, arXiv 2401.02669).
 */
export interface Partials {
  /** [rows, heads] */
  readonly m: Float32Array;
  /** [rows, heads] */
  readonly e: Float32Array;
  /** [rows, heads, headDim] */
  readonly ma: Float32Array;
}

/** Rows `firstRow` to `firstRow + rowCount` attend, without a mask, to the first `tokens` tokens of `blocks`. */
export interface ShardJob {
  readonly firstRow: number;
  readonly rowCount: number;
  /** Of this shard, in the order of their tokens; all full but the last. */
  readonly blocks: Int32Array;
  readonly tokens: number;
}

/** What does not change over the layers of one step, for one shard. */
export interface ShardStep {
  /** Query rows that this shard sees; every row is in at most one job. */
  readonly rows: number;
  readonly jobs: readonly ShardJob[];
  /** Row i of `append` goes to slot `slots[i]` (0 to BLOCK_TOKENS − 1) of block `blocks[i]`. Both may be empty. */
  readonly writes: { readonly blocks: Int32Array; readonly slots: Int32Array };
}

/** Work that was started. `ready` computes it, waits for it, or promises it. */
export interface Pending<T> {
  ready(): T | Promise<T>;
}

/**
 * One holder of KV: in this thread, in another thread, or in another process. A step is `begin`, then for each layer
 * `attend` (of what was there before the step) and `append` (of the step's own tokens), then `end`. One step at a time.
 * Doing a step again with the same tokens leaves the same KV.
 * @throws ShardLostError (from any method, or from what it promises) once the shard is gone; it never comes back
 */
export interface AttentionShard {
  readonly id: ShardId;
  readonly kv: KvShape;
  begin(step: ShardStep): void;
  /** Only when the step has jobs. @param q scaled and rotated queries, [rows, heads, headDim], not kept after `ready` */
  attend(layer: number, q: Float32Array): Pending<Partials>;
  /** Only when the step has writes. @param k rotated keys and @param v values, [writes, kvHeads, headDim], not kept */
  append(layer: number, k: Float32Array, v: Float32Array): void;
  /** Done when all that was appended can be read. */
  end(): Pending<void>;
  /** The bytes of a block, as this KvShape lays them out; for moves and for the context on disk. */
  readBlock(block: number): Promise<Uint8Array>;
  writeBlock(block: number, bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

export class ShardLostError extends Error {
  readonly shard: ShardId;
  constructor(shard: ShardId, why: string) {
    super(`KV shard ${shard} is lost: ${why}`);
    this.name = 'ShardLostError';
    this.shard = shard;
  }
}

/** New tokens of one sequence. */
export interface StepSlice {
  readonly tokens: Int32Array;
  /** Position of `tokens[0]`; the KV of all earlier positions is in `blocks`. */
  readonly start: number;
  /** Block i holds positions i·BLOCK_TOKENS and up; they cover start + tokens.length. */
  readonly blocks: readonly BlockRef[];
  /** Which rows' next-token logits are wanted. */
  readonly logits: 'none' | 'last' | 'all';
}

/** The model, run by a thread of its own. One step at a time; a step that failed may be run again. */
export interface ModelRunner {
  readonly kv: KvShape;
  readonly vocabSize: number;
  /** Shards in this process, which exist from the start. */
  readonly localShards: readonly ShardId[];
  /** For each slice [rows, vocabSize], or null when none were asked for. @throws ShardLostError */
  run(slices: readonly StepSlice[]): Promise<readonly (Float32Array | null)[]>;
  /** Connects to a shard of another process; from then on blocks may be there. */
  attach(address: ShardAddress): Promise<void>;
  detach(shard: ShardId): Promise<void>;
  /** Copies one block's KV, between steps. @throws ShardLostError */
  copyBlock(from: BlockRef, to: BlockRef): Promise<void>;
  readBlock(ref: BlockRef): Promise<Uint8Array>;
  writeBlock(ref: BlockRef, bytes: Uint8Array): Promise<void>;
  /** Bytes that went over the wire to and from shards of other processes, so far. */
  wireBytes(): { readonly sent: number; readonly received: number };
  close(): Promise<void>;
}

/** Where a shard of another process listens. */
export interface ShardAddress {
  readonly id: ShardId;
  /** What its own process calls it, where that is not `id`: a shard that was lost and is borrowed from again has a new id. */
  readonly remoteId?: ShardId;
  readonly host: string;
  readonly port: number;
}

/** Blocks that the scheduler may fill: local ones, and those borrowed from other instances. All calls return at once. */
export interface BlockPool {
  /** Null when fewer are free; then nothing is taken. Local ones first. */
  allocate(count: number): readonly BlockRef[] | null;
  free(blocks: readonly BlockRef[]): void;
  /** `reachable` is what could be had at most: local, borrowed and what lenders still offer. */
  size(): { readonly total: number; readonly free: number; readonly reachable: number };
  /**
   * Asks in the background (lenders, when there are any) until `count` are free at once; 0 takes the wish back. `onMore` is
   * called when some have come.
   */
  want(count: number): void;
  onMore(listener: () => void): void;
  /** Called once for each shard that is gone: its blocks hold nothing any more and must not be freed. */
  onLost(listener: (shard: ShardId) => void): void;
}

export interface SamplingOptions {
  /** 0 is greedy. */
  readonly temperature: number;
  /** 0: all tokens. */
  readonly topK: number;
  readonly topP: number;
  readonly minP: number;
  readonly seed: number | null;
  readonly frequencyPenalty: number;
  readonly presencePenalty: number;
  readonly repetitionPenalty: number;
}

export interface GenerateRequest {
  readonly prompt: readonly number[];
  readonly maxTokens: number;
  readonly sampling: SamplingOptions;
  /** Texts that end the answer and are no part of it. */
  readonly stop: readonly string[];
  readonly ignoreEos?: boolean;
  /** How many alternatives to report with each token; null: no log probabilities. */
  readonly logprobs: number | null;
  readonly signal?: AbortSignal;
}

export interface TokenLogprob {
  readonly token: number;
  readonly logprob: number;
}

export type GenerateEvent =
  | {
      readonly type: 'token';
      readonly token: number;
      /** Text that became certain with this token; may be empty. */
      readonly text: string;
      readonly logprob: number | null;
      readonly top: readonly TokenLogprob[];
    }
  | {
      readonly type: 'finish';
      readonly reason: 'stop' | 'length';
      /** Text that was held back, such as the beginning of a stop text that did not come. */
      readonly text: string;
      readonly promptTokens: number;
      /** Prompt tokens whose KV was there already. */
      readonly cachedTokens: number;
      readonly completionTokens: number;
    };

/** One model, served. Generation throws EngineError: `too_long`, `no_memory`, `bad_request`, `failed`. */
export interface Engine {
  readonly modelName: string;
  readonly contextLength: number;
  generate(request: GenerateRequest): AsyncIterable<GenerateEvent>;
  status(): EngineStatus;
  close(): Promise<void>;
}

export interface EngineStatus {
  readonly model: string;
  readonly running: number;
  readonly waiting: number;
  readonly preemptions: number;
  /** Tokens whose KV is held, shared ones once. */
  readonly tokensHeld: number;
  readonly prefillTokens: number;
  readonly decodeTokens: number;
  readonly tokensPerSecond: number;
  readonly blocks: { readonly total: number; readonly free: number; readonly cached: number };
}

export type EngineErrorCode = 'too_long' | 'no_memory' | 'bad_request' | 'failed';

/** Its message says what was wrong and what to do; shown to clients. */
export class EngineError extends Error {
  readonly code: EngineErrorCode;
  constructor(code: EngineErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'EngineError';
    this.code = code;
  }
}
