import { partsOf } from '../../core/answer.ts';
import { asCallError } from '../../core/errors.ts';
import type { HeadPart, Part, UsagePart } from '../../core/part.ts';
import type { Call } from '../../core/call.ts';
import type { Clock, Handler, Log, Random, TokenCounter } from '../../core/ports.ts';
import type { Target } from '../../core/target.ts';
import { addUsage } from '../../core/usage.ts';
import type { Prompt } from '../../core/content.ts';
import { askRound, type Round } from './ask-round.ts';
import { bookShares, notesOf, STAGE } from './book-shares.ts';
import { commonPrompt } from './common-prompt.ts';
import { type Item, type MeasuredItem, measureItems } from './measure-items.ts';
import type { Member } from './member.ts';
import { readAnswers } from './read-answers.ts';
import { withUsage } from './with-usage.ts';
import { elect, type Elected, orders } from './vote.ts';

export interface TogetherDeps {
  readonly tokens: TokenCounter;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Whether calls to a target are paid by its machine's time, which is not divided among calls. */
  readonly isHourly: (target: Target) => boolean;
  /** Has a call's cost counted against its budgets, once its target is known; null where there are none. */
  readonly count: ((call: Call, target: Target) => Promise<void>) | null;
}

/** Asks one question for all members, and gives each its answer and its part of the bill. Never throws. */
export async function answerTogether(
  deps: TogetherDeps,
  next: Handler,
  prompt: Prompt,
  members: readonly [Member, ...Member[]],
  signal: AbortSignal,
): Promise<void> {
  const { clock, random, tokens } = deps;
  const [{ call: lead }] = members;
  const texts = members.map(({ text }) => text);
  const asked = orders(members.length, lead.plan.together.votes, random);
  const rounds = await Promise.all(
    asked.map(async (order) => {
      const round = await askRound(next, lead, commonPrompt(prompt, texts, order), signal, clock);
      return await withUsage(round, tokens, signal.aborted);
    }),
  );
  const answers = rounds.map(({ error, text }, round) => {
    const byPlace = readAnswers(error === null ? text : '', members.length, prompt.format.kind);
    return members.map((_, index) => byPlace[asked[round]?.indexOf(index) ?? -1] ?? null);
  });
  const elected = members.map((_, index) => elect(answers.map((round) => round[index] ?? null)));
  const head = rounds.find((round) => round.consumed && round.error === null)?.head ?? null;
  const items = members.map(({ text }, index) => ({ text, answer: elected[index]?.answer ?? null }));
  const measured = await measure(deps, prompt, rounds, items);
  bookShares(
    members.map(({ call }) => call),
    rounds,
    measured?.map(({ weight }) => weight) ?? items.map(byLength),
  );
  await countFollowers(deps, rounds, members);
  if (signal.aborted) {
    giveUp(rounds, members);
    return;
  }
  const common = { prompt, rounds, head, members: members.length };
  members.forEach((member, index) => {
    settle(common, member, elected[index] ?? null, measured?.[index] ?? null);
  });
}

interface Common {
  readonly prompt: Prompt;
  readonly rounds: readonly Round[];
  readonly head: HeadPart | null;
  readonly members: number;
}

function settle(
  common: Common,
  { call, settle: hand }: Member,
  elected: Elected | null,
  measured: MeasuredItem | null,
): void {
  const { head, members, prompt, rounds } = common;
  const usage = shareOf(call);
  const details = {
    calls: members,
    rounds: rounds.length,
    votes: elected?.votes ?? 0,
    common: notesOf(rounds),
  };
  const most = prompt.sampling.maxOutputTokens;
  const tooLong = most !== undefined && (measured?.answerTokens ?? 0) > most;
  if (!elected || !head || tooLong) {
    const failed = rounds.find(({ error }) => error !== null);
    const reason = tooLong
      ? 'its answer was longer than it allows'
      : failed
        ? `the common question failed (${asCallError(failed.error).code})`
        : 'its answer could not be read';
    call.trail.decide({
      stage: STAGE,
      action: 'fell-back',
      why: `It was asked together with ${members - 1} other calls, but ${reason}; it asks by itself.`,
      details,
      // What was spent in vain is a loss.
      instead: {},
    });
    hand(null);
    return;
  }
  call.trail.tell('x-illm-together', String(members));
  const { model = null, serviceTier = null } = usage ?? {};
  call.trail.decide({
    stage: STAGE,
    action: 'joined',
    why: `It was asked together with ${members - 1} other calls. What it would have consumed by itself is estimated.`,
    details: { ...details, estimated: true },
    ...(measured && {
      instead: { usage: measured.own, target: head.target, servedModel: model, serviceTier },
    }),
  });
  hand(partsForMember(head, elected.answer, usage));
}

/** Nobody waits any more: only what was consumed is left to be told, and was booked. */
function giveUp(rounds: readonly Round[], members: readonly Member[]): void {
  const target = rounds.find(({ consumed }) => consumed)?.head?.target;
  const head =
    target && ({ type: 'head', status: 200, headers: {}, target, warnings: [], stored: true } as const);
  for (const { settle: hand } of members) hand(head ? [head] : null);
}

/** Its usage is for the client alone: it was booked already. */
function partsForMember(head: HeadPart, text: string, usage: UsagePart | null): Part[] {
  const finish = { type: 'finish', reason: 'stop' } as const;
  return [
    { ...head, headers: {}, stored: true },
    ...partsOf({ content: [{ type: 'text', text }], usage, finish }),
  ];
}

/** Everything that a call was charged for its common questions. */
function shareOf({ trail }: Call): UsagePart | null {
  const shares = trail.expenses.flatMap((expense) =>
    expense.stage === STAGE && !('cost' in expense) && expense.usage ? [expense.usage] : [],
  );
  const [first, ...others] = shares;
  if (!first) return null;
  return { ...first, usage: others.reduce((sum, { usage }) => addUsage(sum, usage), first.usage) };
}

async function measure(
  { tokens, log }: TogetherDeps,
  prompt: Prompt,
  rounds: readonly Round[],
  items: readonly Item[],
): Promise<MeasuredItem[] | null> {
  const paid = rounds.find(({ consumed }) => consumed);
  if (!paid?.head) return null;
  try {
    const cacheRead = paid.usage?.usage.cacheRead ?? 0;
    return await measureItems(tokens, paid.head.target.model, prompt, cacheRead, items);
  } catch (error) {
    log.warn('tokens of joined calls could not be counted; their bill is divided by length', { error });
    return null;
  }
}

function byLength({ text, answer }: Item): { input: number; output: number } {
  return { input: text.length, output: Math.max(1, answer?.length ?? 0) };
}

/** The first call's reservation holds the common question; the others' shares are counted as well. */
async function countFollowers(
  { count, log }: TogetherDeps,
  rounds: readonly Round[],
  [, ...followers]: readonly Member[],
): Promise<void> {
  const target = rounds.find(({ consumed }) => consumed)?.head?.target;
  if (!count || !target) return;
  await Promise.all(
    followers.map(async ({ call }) => {
      try {
        await count(call, target);
      } catch (error) {
        log.warn('the share of a joined call was not counted against its limits; the ledger has it', {
          callId: call.id,
          error,
        });
      }
    }),
  );
}
