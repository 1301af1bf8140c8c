import type { Call } from '../../core/call.ts';
import type { MediaContent, Prompt } from '../../core/content.ts';
import type { TokenCounter } from '../../core/ports.ts';
import { promptText } from '../../text/index.ts';

/** More than the providers' published maxima for one picture: 48,169 tokens (gpt-4o-mini, eight tiles) is the largest. */
const PICTURE_TOKENS = 50_000;
/** What providers add around the messages, and the one system prompt for all tools that some add. */
const FRAME_TOKENS = 200;
const TOOLS_TOKENS = 1000;
/** Around one message; models use four. */
const MESSAGE_TOKENS = 8;
/** Fields by which a request stands for more than its own bytes: earlier turns, stored prompts and contents, hosted tools. */
const BEYOND =
  /^(previous_response_id|conversation|prompt|cached_?content|web_search_options|mcp_servers|container|tools\[\d+\])$/i;

/**
 * An upper bound of the tokens of a call's input, or why there is none.
 * @param window tokens that fit into the model; null when unknown
 */
export function inputBound(call: Call, window: number | null): number | string {
  if (call.operation !== 'generate') return call.wire.body.length + FRAME_TOKENS;
  const prompt = call.prompt();
  const beyond = whatIsBeyond(prompt);
  if (beyond !== null)
    return window ?? `how many tokens ${beyond} may take is not known, nor how many fit into the model`;
  const bytes = call.rewritten ? promptBytes(prompt) : call.wire.body.length;
  return bytes + besideText(prompt);
}

/**
 * A tighter bound by counting, for models whose tokenizer is public; null for others, and where text is not all there is.
 */
export async function countedBound(call: Call, model: string, tokens: TokenCounter): Promise<number | null> {
  if (call.operation !== 'generate') return null;
  const prompt = call.prompt();
  // Sounds and whatever only the client's dialect knows are bounded by their bytes.
  const media = mediaOf(prompt).every(({ mediaType }) => mediaType.startsWith('image/'));
  if (!media || Object.keys(prompt.extras).length > 0) return null;
  const counted = await tokens.count(promptText(prompt), model);
  if (!counted.exact) return null;
  return counted.tokens + prompt.messages.length * MESSAGE_TOKENS + besideText(prompt);
}

function besideText(prompt: Prompt): number {
  const tools = prompt.tools.length > 0 ? TOOLS_TOKENS : 0;
  return pictures(prompt) * PICTURE_TOKENS + tools + FRAME_TOKENS;
}

function promptBytes(prompt: Prompt): number {
  // JSON holds every text whole, and more around it than a provider's template adds.
  return Buffer.byteLength(JSON.stringify([prompt.messages, prompt.tools, prompt.format, prompt.extras]));
}

function whatIsBeyond(prompt: Prompt): string | null {
  const field = Object.keys(prompt.extras).find((path) => BEYOND.test(path));
  if (field !== undefined) return `the field ${field}`;
  const media = mediaOf(prompt).find((each) => !isBounded(each));
  return media ? `a part of type ${media.mediaType}` : null;
}

/** A picture is, wherever it is; a sound by its own bytes. A document may hold any text in few bytes, and so may a URL. */
function isBounded({ mediaType, source }: MediaContent): boolean {
  if (mediaType.startsWith('image/')) return true;
  return mediaType.startsWith('audio/') && source.kind === 'base64';
}

function pictures(prompt: Prompt): number {
  return mediaOf(prompt).filter(({ mediaType }) => mediaType.startsWith('image/')).length;
}

function mediaOf({ messages }: Prompt): MediaContent[] {
  return messages
    .flatMap(({ content }) => [...content])
    .flatMap((block) => (block.type === 'tool-result' ? [...block.content] : [block]))
    .filter((block) => block.type === 'media');
}
