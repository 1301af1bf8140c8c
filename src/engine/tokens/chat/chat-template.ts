import { Environment, Interpreter, parse, tokenize } from '@huggingface/jinja';
import { EngineError } from '../../ports.ts';
import { messageOf } from '../../../core/message-of.ts';
import { strftime } from './strftime.ts';

/** For models without a template of their own. */
export const CHATML_TEMPLATE = `{%- for message in messages -%}
{{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' -}}
{%- endfor -%}
{%- if add_generation_prompt -%}{{- '<|im_start|>assistant\\n' -}}{%- endif -%}`;

/** A Jinja template, as Hugging Face's chat templates are, read when it is first needed. */
export interface ChatTemplate {
  readonly source: string;
  /** @throws EngineError bad_request when the template refuses, failed when it cannot be read or run */
  render(variables: Readonly<Record<string, unknown>>, now: Date): string;
}

class Refused extends Error {}

export function chatTemplate(source: string): ChatTemplate {
  let program: unknown = null;
  return {
    source,
    render(variables, now) {
      program ??= readTemplate(source);
      try {
        const result = new Interpreter(environment(variables, now)).run(program);
        return String(result.value);
      } catch (error) {
        throw asEngineError(error);
      }
    },
  };
}

function readTemplate(source: string): unknown {
  try {
    return parse(tokenize(source, { lstrip_blocks: true, trim_blocks: true }));
  } catch (error) {
    throw new EngineError('failed', `The model's chat template cannot be read: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

function environment(variables: Readonly<Record<string, unknown>>, now: Date): Environment {
  const globals: Readonly<Record<string, unknown>> = {
    true: true,
    false: false,
    none: null,
    True: true,
    False: false,
    None: null,
    range,
    strftime_now: (format: string) => strftime(now, format),
    raise_exception: (message: string) => {
      throw new Refused(message);
    },
  };
  const environment = new Environment();
  for (const [name, value] of Object.entries({ ...variables, ...globals })) environment.set(name, value);
  return environment;
}

function range(first: number, end?: number, step = 1): number[] {
  const [from, to] = end === undefined ? [0, first] : [first, end];
  if (step === 0) throw new Error('range() with a step of 0');
  const count = Math.max(0, Math.ceil((to - from) / step));
  if (count > 1_000_000) throw new Error(`range() of ${count} numbers`);
  return Array.from({ length: count }, (_, index) => from + index * step);
}

function asEngineError(error: unknown): EngineError {
  if (error instanceof Refused)
    return new EngineError(
      'bad_request',
      `The model's chat template refuses these messages: ${error.message}`,
    );
  return new EngineError(
    'bad_request',
    `The model's chat template could not be filled with these messages: ${messageOf(error)}`,
    { cause: error },
  );
}
