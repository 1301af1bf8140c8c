import type { AnswerHead, AnswerWriter } from './answer.ts';
import type { PromptCodec } from './codec.ts';
import { addLogprob, type CompletionLogprobs, noLogprobs, promptLogprobs } from './logprobs.ts';
import type { CompletionRequest } from './parse-completion.ts';
import type { ChoiceEvent } from './run-choices.ts';

interface Choice {
  text: string;
  /** What is not sent yet: the echo of the prompt. */
  echo: string;
  readonly logprobs: CompletionLogprobs;
  readonly tokens: number[];
  begun: boolean;
  finish: string | null;
}

/** Answers of `/v1/completions`. @param scores of the prompts' tokens, when they are echoed with log probabilities */
export function completionAnswer(
  head: AnswerHead,
  request: CompletionRequest,
  codec: PromptCodec,
  scores: readonly Float64Array[] | null = null,
): AnswerWriter {
  const wantsLogprobs = request.logprobs !== null;
  const base = { ...head, object: 'text_completion' };
  const choices: Choice[] = Array.from({ length: request.prompts.length * request.choices }, (_, index) => {
    const at = Math.floor(index / request.choices);
    const echo = request.echo?.[at] ?? '';
    const score = scores?.[at];
    const logprobs = score ? promptLogprobs(request.prompts[at] ?? [], score, codec) : noLogprobs();
    return { text: echo, echo, logprobs, tokens: [], begun: false, finish: null };
  });

  const take = (choice: Choice, event: ChoiceEvent['event'], logprobs: CompletionLogprobs): void => {
    if (event.type === 'token') {
      choice.tokens.push(event.token);
      addLogprob(logprobs, event, choice.text.length, codec);
    } else choice.finish = event.reason;
    choice.text += event.text;
  };

  return {
    chunks: ({ index, event }) => {
      const choice = choices[index];
      if (!choice) return [];
      // The prompt's come with its echo.
      const logprobs = choice.begun ? noLogprobs() : choice.logprobs;
      choice.begun = true;
      take(choice, event, logprobs);
      const text = choice.echo + event.text;
      choice.echo = '';
      const isToken = event.type === 'token';
      if (text === '' && isToken && !wantsLogprobs && !request.tokenIds) return [];
      return [
        {
          ...base,
          choices: [
            {
              index,
              text,
              logprobs: wantsLogprobs && isToken ? logprobs : null,
              finish_reason: choice.finish,
              ...(request.tokenIds && isToken && { token_ids: [event.token] }),
            },
          ],
          ...(request.includeUsage && { usage: null }),
        },
      ];
    },
    usageChunk: (usage) => ({ ...base, choices: [], usage }),
    add: ({ index, event }) => {
      const choice = choices[index];
      if (choice) take(choice, event, choice.logprobs);
    },
    whole: (usage) => ({
      ...base,
      choices: choices.map(({ text, logprobs, tokens, finish }, index) => ({
        index,
        text,
        logprobs: wantsLogprobs ? logprobs : null,
        finish_reason: finish,
        ...(request.tokenIds && { token_ids: tokens }),
      })),
      usage,
    }),
  };
}
