/** Words that deny, in languages written with spaces. */
export const NEGATIONS: ReadonlySet<string> = new Set(
  (
    'not no never none nobody nothing nowhere neither nor without cannot cant dont doesnt didnt isnt arent wasnt wont ' +
    'shouldnt wouldnt couldnt except excluding unless hardly barely ' +
    'nicht kein keine keinen keinem keiner nie niemals ohne weder ' +
    'ne pas jamais sans aucun aucune rien ' +
    'nunca jamás sin ningún ninguna nada tampoco ' +
    'non mai senza nessun nessuna niente ' +
    'não nenhum nenhuma sem'
  ).split(' '),
);

/** Common English words: no names, also where they begin a sentence. */
export const PLAIN: ReadonlySet<string> = new Set(
  (
    'a an the this that these those what which who whom whose when where why how is are was were be been being am do does ' +
    'did done doing have has had having can could should would will shall may might must i me my mine we us our you your he ' +
    'him his she her it its they them their there here if then than and or but so because as at by for from in into of off ' +
    'on onto to up down out over under with within about after before between during through while since until against ' +
    'some any all each every both few many much more most other another such own same only just also even still yet too ' +
    'very really actually ever again now today please tell explain describe give list write make create show help find ' +
    'get let suppose imagine consider compare summarize translate define name say think know need want like use using used ' +
    'does anyone someone people person one ones thing things way ways best good better great top easy easiest possible ' +
    'first last new old right long short big small high low real true false yes hello hi hey thanks dear sorry ok okay ' +
    "i'm i've i'd i'll you're it's that's what's how's who's where's there's let's " +
    'im ive whats hows'
  ).split(' '),
);

const PAIRS =
  'best/worst good/bad better/worse increase/decrease raise/lower gain/lose with/without before/after more/less most/least ' +
  'men/women man/woman male/female boy/girl boys/girls buy/sell buying/selling advantages/disadvantages ' +
  'advantage/disadvantage pros/cons start/stop begin/end love/hate high/low higher/lower easy/hard easy/difficult ' +
  'legal/illegal download/upload first/last cheap/expensive big/small large/small long/short fast/slow open/close open/closed ' +
  'enable/disable enabled/disabled add/remove allow/deny allow/block allow/forbid import/export encode/decode ' +
  'encrypt/decrypt read/write input/output max/min maximum/minimum ascending/descending ascend/descend accept/reject true/false on/off up/down ' +
  'left/right above/below over/under inside/outside positive/negative win/lose won/lost safe/dangerous safe/unsafe ' +
  'possible/impossible healthy/unhealthy happy/unhappy push/pull send/receive lend/borrow debit/credit asset/liability ' +
  'income/expense gross/net in/out hot/cold hottest/coldest warm/cool young/old new/old early/late north/south east/west ' +
  'husband/wife brother/sister father/mother son/daughter king/queen dad/mom employee/employer parent/child success/failure ' +
  'succeed/fail strong/weak strength/weakness strengths/weaknesses rich/poor wide/narrow public/private import/export ' +
  'install/uninstall connect/disconnect lock/unlock like/dislike agree/disagree appear/disappear approve/reject hire/fire ' +
  'include/exclude including/excluding always/never all/none everyone/nobody same/different similar/different old/young ' +
  'right/wrong correct/incorrect day/night morning/evening today/tomorrow today/yesterday tomorrow/yesterday past/future ' +
  'weekday/weekend summer/winter spring/autumn';

/** `increase`, `increases`, `increased` and `increasing` are one. */
export function stemOf(word: string): string {
  return word.length > 5 ? word.replace(/(?:ing|ed|es|s|e)$/, '') : word;
}

/** Stems of words that ask for the opposite. */
export const OPPOSITES: ReadonlyMap<string, readonly string[]> = opposites();

function opposites(): Map<string, string[]> {
  const all = new Map<string, string[]>();
  for (const pair of PAIRS.split(' ')) {
    const [a = '', b = ''] = pair.split('/').map(stemOf);
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const)
      all.set(from, [...(all.get(from) ?? []), to]);
  }
  return all;
}

/** Names of the same thing. */
export const SAME_NAMES: ReadonlyMap<string, string> = new Map([
  ['us', 'usa'],
  ['u.s', 'usa'],
  ['u.s.a', 'usa'],
  ['america', 'usa'],
  ['u.k', 'uk'],
  ['britain', 'uk'],
]);

/** Words that turn a question even where the other holds no opposite: both must hold one of a line, or none. */
export const MARKED: readonly (readonly string[])[] = [
  ['bad', 'worst', 'worse'],
  ['less', 'least', 'fewer', 'fewest'],
  ['illegal', 'unlawful'],
  ['disadvantages', 'disadvantage', 'cons', 'drawbacks', 'downsides'],
  ['stop', 'quit', 'stopping'],
  ['disable', 'uninstall', 'deactivate', 'remove', 'delete'],
];
