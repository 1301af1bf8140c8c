import type { Call } from '../../core/call.ts';
import type { Prompt } from '../../core/content.ts';
import { CallError, isCallError } from '../../core/errors.ts';
import { type Reading, readOpening } from '../../core/handover.ts';
import type { Part } from '../../core/part.ts';
import type { Plan } from '../../core/plan.ts';
import type { FitSettings, FitWay } from '../../core/plan/fit.ts';
import type { Handler } from '../../core/ports.ts';
import { formatTarget, type Target } from '../../core/target.ts';
import { compressWith } from './compress.ts';
import { dropOldest } from './drop-oldest.ts';
import { changesPrompts, type FitDeps } from './fit-deps.ts';
import { goalOf } from './goal.ts';
import { mapReduce } from './map-reduce.ts';
import { formatTokens, formatWindow, type Measured, type Measures, measuresOf } from './measure.ts';
import { refine } from './refine.ts';
import { misfitError } from './refusal.ts';
import { STAGE } from './side-call.ts';
import { type ToldWindow, toldWindow } from './told-window.ts';
import type { Shorten } from './way.ts';
import type { ContextWindows } from './windows.ts';

/** The parts that begin an answer; null when the call is too long for who was asked. */
type Opening = readonly Part[] | null;

/** One call that may be too long, from its first count to the beginning of its answer. */
export class Fitting {
  readonly #deps: FitDeps;
  readonly #next: Handler;
  readonly #call: Call;
  readonly #targets: readonly Target[];
  readonly #settings: FitSettings;
  readonly #reading: Reading;
  readonly #measures: Measures;
  readonly #windows: ContextWindows;
  readonly #prompt: Prompt;
  readonly #reserve: number;
  /** Names of targets that were asked with the whole prompt. */
  readonly #asked = new Set<string>();
  readonly #tried: string[] = [];
  #refused: CallError | null = null;
  #told: ToldWindow = { window: null, needed: null };

  constructor(
    deps: FitDeps,
    next: Handler,
    call: Call,
    targets: readonly Target[],
    settings: FitSettings,
    prompt: Prompt,
    reading: Reading,
  ) {
    this.#deps = deps;
    this.#next = next;
    this.#call = call;
    this.#targets = targets;
    this.#settings = settings;
    this.#reading = reading;
    this.#windows = withRefusals(deps.windows);
    this.#measures = measuresOf(deps.tokens, this.#windows);
    this.#prompt = prompt;
    this.#reserve = this.#prompt.sampling.maxOutputTokens ?? settings.reserveTokens;
  }

  /** @throws CallError `context_too_long` when there is no way */
  async begin(): Promise<readonly Part[]> {
    const measured = await this.#judge(this.#targets);
    const [first] = measured;
    if (first?.verdict !== 'too-long') {
      const opening = await this.#whole(this.#targets);
      if (opening) return opening;
    }
    for (const way of this.#settings.ways) {
      this.#stopIfAbandoned();
      const opening = way === 'longer-window' ? await this.#longer() : await this.#shorter(way);
      if (opening) return opening;
    }
    // Lists may be wrong, and providers know best: one that was not asked yet is.
    const sure = measured.every(({ verdict, window }) => verdict === 'too-long' && window?.from !== 'list');
    if (!this.#refused && !sure && !changesPrompts(this.#settings)) {
      const opening = await this.#whole(this.#targets);
      if (opening) return opening;
    }
    throw await this.#misfit();
  }

  async #judge(targets: readonly Target[]): Promise<Measured[]> {
    const judged: Measured[] = [];
    // With nothing to choose from and nothing switched on, the answer would change nothing.
    const useful = targets.length > 1 || changesPrompts(this.#settings);
    for (const target of targets) {
      if (useful && !this.#windows.of(target)) await this.#windows.ask(target);
      judged.push(await this.#measures.judge(this.#prompt, this.#reserve, target));
    }
    return judged;
  }

  /** Asks with the prompt as it is. */
  async #whole(candidates: readonly Target[]): Promise<Opening> {
    for (const target of candidates) this.#asked.add(formatTarget(target));
    const same = candidates === this.#targets;
    return await this.#open(same ? this.#call : { ...this.#call, candidates });
  }

  /** The call's own candidates that were not asked, then those of `longer`, as far as they are not surely too small. */
  async #longer(): Promise<Opening> {
    const all = unique([...this.#targets, ...this.#settings.longer]);
    const others = all.filter((target) => !this.#asked.has(formatTarget(target)));
    const judged = await this.#judge(others);
    const open = [
      ...judged.filter(({ verdict }) => verdict === 'fits' || verdict === 'unknown'),
      ...judged.filter(({ verdict }) => verdict === 'doubtful'),
    ].map(({ target }) => target);
    const [first] = open;
    if (!first) {
      this.#failed('longer-window', 'there is no candidate with a longer window');
      return null;
    }
    const { tokens } = await this.#measures.count(this.#prompt, first.model);
    const [preferred] = this.#targets;
    const before = preferred ? this.#windows.of(preferred) : null;
    const window = this.#windows.of(first);
    this.#call.trail.decide({
      stage: STAGE,
      action: 'passed-over',
      why: `${formatTokens(tokens)} tokens and ${formatTokens(this.#reserve)} for the answer do not fit into ${preferred ? formatWindow(preferred, before) : 'its model'}; asking ${formatWindow(first, window)}`,
      details: {
        way: 'longer-window',
        tokensBefore: tokens,
        tokensAfter: tokens,
        reserveTokens: this.#reserve,
        window: before?.tokens ?? null,
        longerWindow: window?.tokens ?? null,
        target: formatTarget(first),
      },
    });
    this.#tell('longer-window', [`tokens=${tokens}`, `window=${window?.tokens ?? 'unknown'}`]);
    const opening = await this.#whole(open);
    if (!opening) this.#tried.push(`longer-window: ${open.map(formatTarget).join(', ')} refused it as well`);
    return opening;
  }

  async #shorter(way: Exclude<FitWay, 'longer-window'>): Promise<Opening> {
    const goal = await goalOf({
      targets: this.#goalTargets(way),
      windows: this.#windows,
      measures: this.#measures,
      prompt: this.#prompt,
      reserve: this.#reserve,
      told: this.#told,
    });
    if ('not' in goal) return this.#failed(way, goal.not);
    const before = await this.#measures.count(this.#prompt, goal.target.model);
    const task = {
      call: this.#call,
      next: this.#next,
      settings: this.#settings,
      measures: this.#measures,
      prompt: this.#prompt,
      before,
      goal,
      abandoned: () => this.#reading.closed || this.#call.signal.aborted,
    };
    try {
      const outcome = await this.#way(way)(task);
      if ('not' in outcome) return this.#failed(way, outcome.not);
      const { prompt, action, why, details, told } = outcome;
      const after = await this.#measures.count(prompt, goal.target.model);
      if (after.tokens > goal.promptTokens)
        return this.#failed(way, `it still takes ${formatTokens(after.tokens)} tokens`);
      this.#stopIfAbandoned();
      this.#call.trail.decide({
        stage: STAGE,
        action,
        why: `${formatTokens(before.tokens)} tokens and ${formatTokens(this.#reserve)} for the answer do not fit into ${formatTarget(goal.target)} (${formatTokens(goal.window)}): ${why}; now ${formatTokens(after.tokens)}`,
        details: {
          way,
          tokensBefore: before.tokens,
          tokensAfter: after.tokens,
          exact: before.exact,
          reserveTokens: this.#reserve,
          window: goal.window,
          ...details,
        },
      });
      this.#tell(way, [
        `before=${before.tokens}`,
        `after=${after.tokens}`,
        `window=${goal.window}`,
        ...(told === undefined ? [] : [told]),
      ]);
      const opening = await this.#open({
        ...this.#call,
        candidates: goal.candidates,
        prompt: () => prompt,
        rewritten: true,
        // Compressed once is enough.
        ...(way === 'compress' && { plan: withoutCompress(this.#call.plan) }),
      });
      return opening ?? this.#failed(way, 'its provider found the result too long as well');
    } catch (error) {
      if (!isTooLong(error) || this.#reading.closed) throw error;
      return this.#failed(
        way,
        `a question on the side was too long as well (${error.message.slice(0, 200)})`,
      );
    }
  }

  #way(way: Exclude<FitWay, 'longer-window'>): Shorten {
    switch (way) {
      case 'compress':
        return compressWith(this.#deps.compressTo);
      case 'map-reduce':
        return mapReduce;
      case 'refine':
        return refine;
      case 'drop-oldest':
        return dropOldest;
    }
  }

  /** A way that comes before `longer-window` works for the preferred candidate; one after it may use all. */
  #goalTargets(way: FitWay): readonly Target[] {
    const { ways, longer } = this.#settings;
    const own = this.#targets.slice(0, 1);
    const turn = ways.indexOf('longer-window');
    if (turn < 0) return this.#targets;
    return ways.indexOf(way) < turn ? own : unique([...this.#targets, ...longer]);
  }

  /** The beginning of the answer; null when the call is too long for all who were asked. */
  async #open(call: Call): Promise<Opening> {
    this.#reading.from = this.#next(call)[Symbol.asyncIterator]();
    try {
      return await readOpening(this.#reading.from);
    } catch (error) {
      if (!isTooLong(error) || this.#reading.closed || this.#call.signal.aborted) throw error;
      this.#refused = error;
      this.#told = toldWindow(error.message);
      const { lastTarget } = this.#call.trail;
      if (lastTarget && this.#told.window !== null) {
        this.#windows.learn(lastTarget, this.#told.window);
        if (!this.#deps.windows.of(lastTarget)) this.#deps.windows.learn(lastTarget, this.#told.window);
      }
      return null;
    }
  }

  #failed(way: FitWay, why: string): null {
    this.#tried.push(`${way}: ${why}`);
    if (changesPrompts(this.#settings))
      this.#call.trail.decide({ stage: STAGE, action: 'could-not', why: `${way}: ${why}` });
    return null;
  }

  #tell(way: FitWay, facts: readonly string[]): void {
    this.#call.trail.tell('x-illm-fit', [way, ...facts].join(';'));
  }

  #stopIfAbandoned(): void {
    if (this.#reading.closed || this.#call.signal.aborted)
      throw new CallError('client_aborted', 'Nobody waits for this answer any more.');
  }

  async #misfit(): Promise<CallError> {
    const measured = await this.#judge(unique([...this.#targets, ...this.#settings.longer]));
    const model = this.#targets[0]?.model ?? '';
    const { tokens, exact } = await this.#measures.count(this.#prompt, model);
    const needed = this.#told.needed;
    this.#call.trail.tell('x-illm-fit', 'failed');
    return misfitError({
      promptTokens: needed === null ? tokens : Math.max(tokens, needed),
      exact,
      reserve: this.#reserve,
      measured,
      tried: changesPrompts(this.#settings) ? this.#tried : [],
      settings: this.#settings,
      refused: this.#refused,
      requestedModel: this.#call.requestedModel,
    });
  }
}

function withoutCompress(plan: Plan): Plan {
  return { ...plan, compress: { ...plan.compress, enabled: false } };
}

/** What a refusal of this very call said counts more for it than lists do. */
function withRefusals(windows: ContextWindows): ContextWindows {
  const refused = new Map<string, number>();
  return {
    of: (target) => {
      const known = windows.of(target);
      const told = refused.get(formatTarget(target));
      if (told === undefined || (known !== null && known.tokens <= told)) return known;
      return { tokens: told, from: 'refusal' };
    },
    ask: async (target) => await windows.ask(target),
    learn: (target, tokens) => void refused.set(formatTarget(target), tokens),
  };
}

function unique(targets: readonly Target[]): readonly Target[] {
  return [...new Map(targets.map((target) => [formatTarget(target), target])).values()];
}

function isTooLong(error: unknown): error is CallError {
  return isCallError(error) && error.code === 'context_too_long';
}
