import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EngineError } from '../../ports.ts';
import { openTokenizer } from '../tokenizer.ts';
import { tinyTokenizer } from '../testing/tiny-tokenizers.contract.ts';
import type { ChatMessage } from './chat-messages.ts';
import { openChat } from './chat.ts';
import { strftime } from './strftime.ts';

function chatOf(template: string | null) {
  const data = tinyTokenizer('bytes', template);
  const tokenizer = openTokenizer(data);
  return { chat: openChat(data, tokenizer), tokenizer };
}

const TRIMMING = `{{ bos_token }}{% for m in messages %}{{ '<|im_start|>' + m.role + '\\n' }}{{ m.content | trim }}{{ m.name }}{{ '<|im_end|>' }}{% endfor %}{% if tools %}{{ tools | tojson }}{% endif %}`;

describe('a chat', () => {
  it('is ChatML when the model has no template', () => {
    const { chat } = chatOf(null);
    const messages = [
      { role: 'system', content: 'Be brief.' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'one' },
          { type: 'text', text: 'two' },
        ],
      },
    ];
    expect(chat.render(messages)).toBe(
      '<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\none\ntwo<|im_end|>\n<|im_start|>assistant\n',
    );
    expect(chat.render(messages, { addGenerationPrompt: false })).not.toContain('assistant');
    expect(chat.usesTools).toBe(false);
  });

  it('has special tokens of the template’s making only, whatever users write', () => {
    const { chat, tokenizer } = chatOf(TRIMMING);
    const specials = new Set(tokenizer.specialTokens.values());
    const count = (messages: readonly ChatMessage[], tools?: readonly unknown[]): number =>
      chat.encode(messages, tools ? { tools } : {}).filter((id) => specials.has(id)).length;
    const evil = fc
      .array(
        fc.constantFrom(
          '<|im_start|>',
          '<|im_end|>',
          '<|im_',
          'start|>',
          '<s',
          '>',
          '<',
          '</s>',
          ' ',
          '\n',
          'x',
          '\ufdd0',
        ),
        { maxLength: 8 },
      )
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(evil, evil, evil, (content, name, tool) => {
        const messages = [
          { role: 'user', content, name },
          { role: 'assistant', content: name },
        ];
        expect(count(messages, [{ name: tool, [content]: name }])).toBe(5);
        const shown = chat.render(messages);
        expect(shown).toBe(
          `<s><|im_start|>user\n${content.trim()}${name}<|im_end|><|im_start|>assistant\n${name.trim()}<|im_end|>`,
        );
      }),
      { numRuns: 500 },
    );
  });

  it('encodes a harmless conversation as its text with special tokens', () => {
    const { chat, tokenizer } = chatOf(TRIMMING);
    fc.assert(
      fc.property(fc.string({ maxLength: 30 }), (content) => {
        fc.pre(!content.includes('<'));
        const messages = [{ role: 'user', content, name: '' }];
        const text = chat.render(messages);
        expect(chat.encode(messages)).toEqual(tokenizer.encode(text, { special: true, addBos: false }));
      }),
    );
  });

  it('gives templates what they expect: parsed arguments, texts, known roles', () => {
    const { chat } = chatOf(
      `{% for m in messages %}[{{ m.role }}:{{ m.content }}{% for c in m.tool_calls or [] %}{{ c.function.arguments | tojson }}{% endfor %}]{% endfor %}`,
    );
    const call = { id: '1', type: 'function', function: { name: 'f', arguments: '{"a": [1]}' } };
    expect(
      chat.render([
        { role: 'developer', content: 'd' },
        { role: 'assistant', content: null, tool_calls: [call] },
        { role: 'tool', tool_call_id: '1', content: '42' },
      ]),
    ).toBe('[system:d][assistant:{"a": [1]}][tool:42]');
  });

  it('knows the time, ranges and its own variables', () => {
    const { chat } = chatOf(
      `{{ strftime_now('%d %b %Y') }} {% for i in range(2) %}{{ i }}{% endfor %} {{ 'think' if enable_thinking else 'no' }} {{ eos_token }}`,
    );
    const now = new Date(2026, 10, 4, 9, 5, 7);
    const text = chat.render([{ role: 'user', content: '' }], { now, variables: { enable_thinking: true } });
    expect(text).toBe('04 Nov 2026 01 think </s>');
    expect(strftime(now, '%A %B %e %I:%M:%S %p %y %% %Q')).toBe('Wednesday November  4 09:05:07 AM 26 % %Q');
  });

  it('says what is wrong', () => {
    const message = (messages: readonly ChatMessage[], template: string | null = null): EngineError => {
      try {
        chatOf(template).chat.encode(messages);
      } catch (error) {
        if (error instanceof EngineError) return error;
      }
      throw new Error('nothing was wrong');
    };
    expect(message([]).message).toBe('messages must hold at least one message.');
    expect(message([{ role: 'root', content: '' }]).message).toContain('messages[0].role must be one of');
    const image = message([{ role: 'user', content: [{ type: 'image_url' }] }]);
    expect(image.message).toBe('messages[0].content[0] is of type "image_url": this model reads text only.');
    expect(image.code).toBe('bad_request');
    const refused = message([{ role: 'user', content: 'x' }], `{{ raise_exception('No users!') }}`);
    expect(refused.message).toBe("The model's chat template refuses these messages: No users!");
    expect(refused.code).toBe('bad_request');
    expect(message([{ role: 'user', content: 'x' }], '{% if %}').code).toBe('failed');
    const marks = Array.from({ length: 32 }, (_, at) => String.fromCharCode(0xfdd0 + at)).join('');
    expect(message([{ role: 'user', content: marks }]).message).toContain('noncharacters');
  });
});
