import type { TokenizerData } from '../../models/model.ts';
import { EngineError } from '../../ports.ts';
import type { AddedTokens } from '../added-tokens.ts';
import type { TextPiece, Tokenizer } from '../tokenizer.ts';
import { type ChatMessage, templateMessages } from './chat-messages.ts';
import { chatTemplate, CHATML_TEMPLATE } from './chat-template.ts';
import { mapTexts, textGuard, textsOf } from './text-guard.ts';

export interface ChatOptions {
  /** As in OpenAI's API; passed to the template. */
  readonly tools?: readonly unknown[];
  /** Whether the answer's beginning is written too; true by default. */
  readonly addGenerationPrompt?: boolean;
  /** More variables for the template (`chat_template_kwargs`), such as `enable_thinking`. */
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly now?: Date;
}

/** How a model wants conversations to be written. */
export interface Chat {
  /** The prompt as text, for people to look at. @throws EngineError */
  render(messages: readonly ChatMessage[], options?: ChatOptions): string;
  /** The prompt's tokens; special ones come from the template only. @throws EngineError */
  encode(messages: readonly ChatMessage[], options?: ChatOptions): number[];
  /** Whether the template asks for tools at all. */
  readonly usesTools: boolean;
}

export function openChat(data: TokenizerData, tokenizer: Tokenizer): Chat {
  const named = namedTokens(data, tokenizer);
  const bos = data.addBos ? (named['bos_token'] ?? '') : '';
  const template = chatTemplate(data.chatTemplate ?? `{{- ${JSON.stringify(bos)} -}}${CHATML_TEMPLATE}`);
  const finder = tokenizer.specialFinder;

  function pieces(messages: readonly ChatMessage[], options: ChatOptions): TextPiece[] {
    const { tools, addGenerationPrompt = true, variables = {}, now = new Date() } = options;
    const plain = templateMessages(messages, template.source.includes('developer'));
    const given = { messages: plain, tools: tools ?? null, variables };
    const guard = textGuard(textsOf(given), finder);
    if (!guard) throw new EngineError('bad_request', 'The messages hold all of Unicode’s noncharacters.');
    const text = template.render(
      {
        ...(mapTexts(variables, guard.protect) as Record<string, unknown>),
        ...named,
        messages: plain.map(({ role, ...rest }) => ({
          role,
          ...(mapTexts(rest, guard.protect) as Record<string, unknown>),
        })),
        ...(tools && tools.length > 0 ? { tools: mapTexts(tools, guard.protect) } : { tools: null }),
        add_generation_prompt: addGenerationPrompt,
      },
      now,
    );
    return cutAtSpecials(text, finder, guard.mark, byId);
  }

  const byId = new Map([...tokenizer.specialTokens].map(([text, id]) => [id, text]));
  return {
    usesTools: /\btools\b/.test(template.source),
    render: (messages, options = {}) =>
      pieces(messages, options)
        .map(({ text }) => text)
        .join(''),
    encode: (messages, options = {}) => tokenizer.encodePieces(pieces(messages, options)),
  };
}

function cutAtSpecials(
  text: string,
  finder: AddedTokens,
  mark: string,
  byId: ReadonlyMap<number, string>,
): TextPiece[] {
  return finder
    .split(text)
    .map((section) =>
      section.kind === 'token'
        ? { text: byId.get(section.id) ?? '', special: true }
        : { text: section.text.replaceAll(mark, ''), special: false },
    );
}

/** `bos_token` and so on as templates know them. */
function namedTokens(data: TokenizerData, tokenizer: Tokenizer): Record<string, string> {
  const token = (id: number | null | undefined): string =>
    id === null || id === undefined ? '' : tokenizer.tokenText(id);
  return {
    bos_token: configured(data.config['bos_token']) ?? token(data.bosToken),
    eos_token: configured(data.config['eos_token']) ?? token(data.eosTokens[0]),
    unk_token: configured(data.config['unk_token']) ?? '',
    pad_token: configured(data.config['pad_token']) ?? '',
  };
}

function configured(value: unknown): string | null {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null || !('content' in value)) return null;
  return typeof value.content === 'string' ? value.content : null;
}
