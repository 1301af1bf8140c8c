import type { Model } from '../models/model.ts';
import type { StepTable } from './steps.ts';

/**
 * How much of an error each head bears, and each pair of key channels that turns together, for models where it was measured:
 * the squared gradient of what the model makes of a text (Fisher information of its next tokens) to keys and values of the
 * 1,024 tokens before it, over prose, code and arithmetic. The heads that find one token among many bear a tenth of what
 * others do, and they are the same ones in every text; so are a head's pairs. Only the writer needs it: a context says what
 * its steps are. Other models' heads have even steps.
 */
interface Measured {
  readonly of: Pick<Model, 'hidden' | 'heads' | 'kvHeads' | 'headDim' | 'vocabSize'>;
  /** Of each layer, keys' heads then values' heads: steps as powers of 2 in quarters, around 1. */
  readonly quarterOctaves: readonly (readonly number[])[];
  /** Of each layer a word for each head, of each pair a letter: "n" is its head's step, "o" a quarter octave coarser. */
  readonly pairs: readonly string[];
}

const EVEN_PAIR = 'n'.charCodeAt(0);

const MEASURED: readonly Measured[] = [
  {
    // SmolLM2 135M, base and instruct.
    of: { hidden: 576, heads: 9, kvHeads: 3, headDim: 64, vocabSize: 49_152 },
    quarterOctaves: [
      [3, 1, 3, -16, -16, -16],
      [1, 0, 0, -10, -9, -7],
      [0, -3, 1, -6, -11, -10],
      [5, 3, 3, -1, -1, -1],
      [1, 6, 2, -3, 1, -3],
      [1, 1, -1, -2, -4, -2],
      [1, 1, 2, -2, -4, -2],
      [3, -1, -3, 2, -3, -10],
      [-4, 2, 1, -9, -2, -1],
      [-2, 2, 3, -3, 0, 1],
      [6, 5, 3, 1, 0, -2],
      [4, 1, 3, -2, -3, -1],
      [2, 4, 1, -3, 1, -1],
      [4, 5, 3, 1, 2, -2],
      [-5, -5, 2, -8, -8, -1],
      [3, -2, -2, -2, -3, -3],
      [0, 7, 2, -3, 2, -2],
      [0, -4, 1, 1, -7, 0],
      [1, 4, -6, 1, 2, -7],
      [0, -1, 6, 1, 0, 5],
      [-3, -7, -5, -2, -9, -8],
      [2, 0, -1, 1, 1, -3],
      [5, 1, 2, 4, 2, 0],
      [-5, -3, -2, -3, 2, -1],
      [-4, -1, -3, -1, 3, 0],
      [5, 8, 9, 4, 10, 11],
      [2, 1, 8, 3, 0, 10],
      [6, 5, 7, 6, 6, 9],
      [-1, 3, 3, 2, 5, 4],
      [5, 4, 3, 9, 6, 4],
    ],
    pairs: [
      'ommnonmnpnolpnnonnlonlhnpoqmnnop lnmmnroonpononnooknoooihngpoopnp pomkjmqmjoqnnpoonmkrkklinrjpqslq',
      'jllmmommololqlpppkppppqpfjpmpqqp pponnonnnnmolmnlmmlnpologqmnpqnn nmmnommnomolnmmoplnjppmjiopopppp',
      'mooorrorpqonmmkolinolnjfpqqpnkjn oonoopqnoppononpkoookohmhnmnnmoo pooopopopoonpmpomppjqoifmonmmnlk',
      'kllkojookpknpkppopqpjppoeopppqpp qoppqpqnqornpmrlqokplpicmnklionj rrqqoqoqnnomopkomnjjppfplklnofpn',
      'ssrrsqrqqnoqopnomnoknnekemmlkgjk lmmlnolplnlolpoooqoloppnfoppoool rqpnononompmonlqqnlnoilnneooolpm',
      'rrrprppqpppnpomnmoiloliemnnkjinm ppqrppoqpnrmqmpppjpooofkllmllgkl vwuusroljllljlonnmonojmihhnkplnn',
      'qrqrqqqpoqormonopnmonhnmnfkfjkll rqqqqppponpmnolnmknnomhmnkgnomkn rqqprqqqpppqnppononimngemmkjkkjm',
      'qrroopmpnrnqoqkrnopknnpenlhmnlgj rrrqsqrqqqoqnpmnnonpmnleklelljfl wwvwvwvvuuttsqqlkhjlidhggggfgfdd',
      'vvuusrsrrqnmkjpmkmnmmlkkijhikkhl qrqsqrpoopnpmopmnooolnnflllfjkll qqpqppnpnponpnnoojnpmnggmlnmmmml',
      'uttrpnlklmlmommpnnqoonimjgnlmmoo qnnonomnonqnnpmopmnomoingknopomp qpprorqnpnookojnnkmnpmlejmmmmooo',
      'qqnoolmllnkojnjpppohooleqopqoppq nlmlnmklpnmmnmpopjspnpqqgmonmoqn qrpqqoqoopmnplpojooknhmoemonkmnn',
      'kmmokpnpkmokpmojpqrkprpgqqooinlq oonnnnpmpkompmoopkmnopnhjppnookp oooomqnnpmmppkpnojnoppoeonlojnom',
      'ttttrsqqpnrnqmpjpokjmodlndjmnlgl pqoqppoponpnomopnjoomonocknolmkm rrppoooommmpmqmpmnnonmfnnfnmjoon',
      'nnnoplrmplqolplnppqippoodokpnion rppnonnlqlmjqkolnjnppoqodqpqhplp rqrpqnppopononoopkmoommcmommmmig',
      'rtstsststsqsqrpomnnmlhlfjijgigbh tsutsussrqrqpnnmnlnjkkilkkjjijgf qrpqpqqpqonooonmnlnoolnemmonmgik',
      'usssrprqqqnpolnknkokmnmcjkmnnmem rrosnrrmqpppnnnlolnpmognmldlokkk sssrqrqqpppopooonmllmmlmhllllijg',
      'pqrrqrrqqnopmpnmpjokoqgnodmljkkj qprpropoqolnlpolniooponbplnnlfom ssttrppsqrmonploninnlmkaikonenlm',
      'rsrrrqrqpppooolmmnkmmlondmlmlmej utttsusttrrqprnoooknmmgjihihgfeb opnnppmplponmpoiplnnolocoopponho',
      'rqrpqqopnqmplpnlonoomnnndommmeml sssqrqrqqpnompkpnjlnmlmndmmmlkme uuuuutsssrrppoqnmnioiljjjghikgec',
      'tstssrrqqpqoonnommljmkndmmmbllij qrqptotrrrporooqkopjnngfnlkhkmjd jnnlrksjokpknnonrgoqporbrqmfqpqq',
      'uuuussrrsrpooonmonoinkekljkjigia utttsssrrrrpqoonnmmmmillkjiigdhc vvuutttutsrsrrooonlnkiiihhhffceb',
      'trtsrrsrrqpqoopllnnknmfljllkfkkf tqrrqprqopooooooolnlmlhmndmkikmj trtqrsrspsroponpnokmlllgljjjkjic',
      'qrqrpsprpqpoonomnkkmlimnkodlmpmg sstrrssprqqppnnmnlllmlkmekllkjdk ttrssqqrqpqpopmlnmnklmjeljlmlcjk',
      'uuusurtssqrqpqoonnkpmklhjhiiffbe ssrqqqqppoqooomnokokmnlndnninglj vuvttustrtpqpoomnkpllkjejjijghhb',
      'rtsrrrrrrqpomnpnomnmnnngmllkejee uutssqrsqqqpoonmmklllklljdkjkjlg tssqpqpppoqnpnnnnnnkpogmmmkmjegj',
      'qsrpqqrqoqqopoonqkolnlmfjljjmekn qsprmplpmnnlpkonopojnoomdpnomphn qqsopnnpmpompnooohpoooncomnmnfmn',
      'vuvstssrrsrooplomnllmnhkkejijhah vtuuvtttqsppqqplmlmkllkekjiijhcb prpqnqmqpllokpomoiomooppcnkongnp',
      'uqrrtoqqpopopplolpnjomkldmnmnhkd pppoqmqmqmopmpkqnnpommopdnmoolhm oppmqmqommompnpoojopqnpdnmmpognk',
      'surqsqrqoroomnomomnlpnnoflklghek rqsqpporooonpoloplnmnojnenmlfknm rrrrrqppoomnlqknjoqlonoeklnplknf',
      'pppoopopqopopnnlplpnoomfoommokfj ppqprprqnqnqpnooqlmoomnmemmkjjfk oqpqqqrqqqpqooonplplqmofnnlhlfke',
    ],
  },
];

/** Null for models that were not measured. */
export function stepTable(model: Model): StepTable | null {
  const found = MEASURED.find(
    ({ of, quarterOctaves }) =>
      quarterOctaves.length === model.layers.length &&
      Object.entries(of).every(([key, value]) => model[key as keyof typeof of] === value),
  );
  if (!found) return null;
  const letters = found.pairs.join('').replaceAll(' ', '');
  return {
    heads: Float32Array.from(found.quarterOctaves.flat(), (each) => 2 ** (each / 4)),
    pairs: Int8Array.from(Buffer.from(letters, 'latin1'), (code) => code - EVEN_PAIR),
  };
}
