import type { AnswerHead, AnswerWriter } from './answer.ts';
import type { PromptCodec } from './codec.ts';
import { chatLogprob } from './logprobs.ts';
import type { ChatRequest } from './parse-chat.ts';
import type { ChoiceEvent } from './run-choices.ts';
import { type AnswerPiece, findToolCalls, type ToolCallFinder } from './tool-calls.ts';

interface ToolCall {
  readonly id: string;
  readonly type: 'function';
  readonly function: { readonly name: string; readonly arguments: string };
}

interface Choice {
  readonly finder: ToolCallFinder;
  begun: boolean;
  text: string;
  readonly calls: ToolCall[];
  readonly logprobs: object[];
  readonly tokens: number[];
  finish: string | null;
}

/** Answers of `/v1/chat/completions`. */
export function chatAnswer(head: AnswerHead, request: ChatRequest, codec: PromptCodec): AnswerWriter {
  const wantsLogprobs = request.logprobs !== null;
  const choices: Choice[] = Array.from({ length: request.choices }, () => ({
    finder: findToolCalls(request.toolNames),
    begun: false,
    text: '',
    calls: [],
    logprobs: [],
    tokens: [],
    finish: null,
  }));

  /** Takes the event into its choice. Returns what is new to show. */
  const take = (choice: Choice, event: ChoiceEvent['event']) => {
    const pieces = choice.finder.push(event.text);
    const logprob = event.type === 'token' ? chatLogprob(event, codec) : null;
    if (event.type === 'token') choice.tokens.push(event.token);
    else pieces.push(...choice.finder.end());
    if (logprob) choice.logprobs.push(logprob);
    const deltas = pieces.map((piece) => deltaOf(piece, choice));
    if (event.type === 'finish')
      choice.finish = choice.calls.length > 0 && event.reason === 'stop' ? 'tool_calls' : event.reason;
    return { deltas, logprob };
  };

  const chunk = (index: number, delta: object, rest: object = {}): object => ({
    ...head,
    object: 'chat.completion.chunk',
    choices: [{ index, delta, logprobs: null, finish_reason: null, ...rest }],
    ...(request.includeUsage && { usage: null }),
  });

  return {
    chunks: ({ index, event }) => {
      const choice = choices[index];
      if (!choice) return [];
      const { deltas, logprob } = take(choice, event);
      const objects: object[] = [];
      if (!choice.begun) {
        choice.begun = true;
        objects.push(chunk(index, { role: 'assistant', content: '', refusal: null }));
      }
      // What tells of a token needs an object, even when the token has no text yet.
      const tells = logprob !== null || (request.tokenIds && event.type === 'token');
      if (tells && deltas.length === 0) deltas.push({ content: '' });
      objects.push(
        ...deltas.map((delta, i) =>
          chunk(index, delta, {
            ...(i === 0 && logprob !== null && { logprobs: { content: [logprob], refusal: null } }),
            ...(i === 0 && request.tokenIds && event.type === 'token' && { token_ids: [event.token] }),
          }),
        ),
      );
      if (choice.finish !== null) objects.push(chunk(index, {}, { finish_reason: choice.finish }));
      return objects;
    },
    usageChunk: (usage) => ({ ...head, object: 'chat.completion.chunk', choices: [], usage }),
    add: ({ index, event }) => {
      const choice = choices[index];
      if (choice) take(choice, event);
    },
    whole: (usage) => ({
      ...head,
      object: 'chat.completion',
      choices: choices.map(({ text, calls, logprobs, tokens, finish }, index) => ({
        index,
        message: {
          role: 'assistant',
          content: text === '' && calls.length > 0 ? null : text,
          refusal: null,
          ...(calls.length > 0 && { tool_calls: calls }),
        },
        logprobs: wantsLogprobs ? { content: logprobs, refusal: null } : null,
        finish_reason: finish,
        ...(request.tokenIds && { token_ids: tokens }),
      })),
      usage,
    }),
  };
}

/** Adds a piece to its choice. Returns its delta for streams. */
function deltaOf(piece: AnswerPiece, choice: Choice): object {
  if (piece.type === 'text') {
    choice.text += piece.text;
    return { content: piece.text };
  }
  const { id, name, arguments: given } = piece;
  const call: ToolCall = { id, type: 'function', function: { name, arguments: given } };
  choice.calls.push(call);
  return { tool_calls: [{ index: choice.calls.length - 1, ...call }] };
}
