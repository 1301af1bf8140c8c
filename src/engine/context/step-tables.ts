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
      [3, 2, 3, -14, -15, -16],
      [1, 1, 0, -8, -8, -6],
      [0, -2, 1, -5, -9, -9],
      [3, 3, 2, -1, -1, -2],
      [0, 6, 2, -4, 2, -2],
      [1, 2, 0, -2, -2, -1],
      [1, 1, 2, -2, -3, -2],
      [3, -1, -2, 1, -2, -7],
      [-4, 2, 0, -7, -1, -2],
      [-1, 2, 3, -3, 0, 1],
      [5, 5, 2, 1, 2, -1],
      [4, 1, 3, -2, -2, -1],
      [1, 3, 1, -4, 0, 0],
      [3, 5, 0, 0, 1, -3],
      [-3, -3, 1, -5, -6, -1],
      [2, -2, -3, -1, -3, -4],
      [1, 5, 2, -1, 1, -2],
      [-1, -3, 0, 0, -6, 1],
      [1, 2, -4, 1, 0, -5],
      [0, -1, 5, 0, -1, 3],
      [-1, -5, -4, -1, -6, -5],
      [-1, -2, -3, 0, 0, -4],
      [3, 0, 0, 3, 2, -1],
      [-4, -3, -3, -1, 2, -1],
      [-2, -2, -3, 0, 3, 2],
      [4, 6, 7, 4, 6, 8],
      [2, 1, 5, 3, 2, 6],
      [5, 5, 6, 5, 6, 7],
      [-1, 2, 3, 3, 5, 4],
      [4, 3, 2, 9, 5, 4],
    ],
    pairs: [
      'ommnommmomnmonoonnlonlinooqmoopp nnnmnqoonoonpmnoolmopoiingooopno qolljmqmkoqmoooonmlqlllimrkpqsmr',
      'jkkllolnokokqlppqjpppprpejplqqqq ppponnnnnnmpmmnmlnkopolngqmoopnn ommmnmnmomolommpplojppmjipqopqpo',
      'noonqqoroqnonnlolknpmmjgqpppnljn oonooppooppnnonpkppnlmhmgnmnnmmn popopnpnponnpmoolppjpoifnnnmmnml',
      'klkjnjnojojnpkqppprpjqppepppppqp poppqoqoqoroqmrlqokpkpibnmlmhonj rqpqpqoqonpmopkpmnikpofolkknofom',
      'ssrrsqrqqnoqopnomoojnnelenmllgjj lmmlnolpmnlolpooopplpppneoppoool rqpnpnomplpkmojpookpohnpoeooolpn',
      'rrsprqqqpoooppmomoilomjemnnkkiom rqqrqqpqpnrmqnpopjoooofkkkmkjfkk wwutsrolklmlklononnnnjmjghnknlnm',
      'rrrsqpqooqnqlomoqlloohnmnfkgllml rqqqoqpoonpmmpmomjnnomhlnlhoonln rqqprprqppoqoopomoninngelmkjkkjm',
      'qpqpnpmpnrmpopkpnnokpnpeonilonhk rsrrsqrqqqoqmommnpmomnmfkmfkligm vvuvvvwvuttttqpmkijliehhhhhggged',
      'vvutrqqqqqnmkkpmlmnmmlllijhilkil qrqsqrppoqnpmpplonnmmnnekkmfjlmn qqqqoqoqoqonpnnnojnonnhgnlmmmmnl',
      'tssrpnllmmmmnnmnonpoonhmjgolnooo pnlnnnmmonqnoqmpplnpmpinfkoopomq rppqoqpnqmooloknoknnomlejmnnnooo',
      'rqnnpmmllmkojnjqpoogpnleppppoqqq mllkllkkolnomnpppirppqqpenoomppo rrqrppqpppmmplooknojmhmnelnnkmnm',
      'lmlolpnpkmokonojppqkpqpgpqpoiomq nonnmnpmplnnomnooknnopnhiopnookp oonpmpnmpmmopkpnnjonpqofoololmon',
      'stsrqrrqpnqmqmpjpnljmoelmdkmnlhl qqpppqnpomololopnioononpbknolmkm rqoooonnmmmqlqmpmooponfoofpnjooo',
      'nnmnnkrmplqokpkpqpqiqpoocplqnioo qppoonnlqkmkokomninqoopqdrpphpkp sqrqrnpqnqpnonnopkmpolmckomnlmjh',
      'rtssssssssqrqppomnomlhlfjjjhhhbh srtsstrrrqqpponmnlnklkilkkjjiigf rrpqpqqppoooonmlnlnpoloemmnnmgil',
      'trsrrqqpoqnnolnkolokmomcklnmnmem qrqroqrnqpqomnnlplnpmogolkdmolkk sssrqqpppopoononnmmlnmlmhkmmlhjg',
      'opqqqrqppnopnpnnpkokoqgnoemlkkll qqqqropnqolnmoolojoononcpmonnfnm srsrpqorprmpmplnoinmmmlbklonfomo',
      'rsrqrqrppppnoolmnnknnlnlellllngl uututusssrqpopnonoknmmgkiiihhgeb qrpqpqpqnqnmlonjokmnnkncnnoonngn',
      'rqqpqpopmqlolpnlononmonneommmfmm tssrqqrpppmplpkonjmmmmmncnnmlkmf tustttrrrrqppnpnmojojljkjhiikhfc',
      'tssrrrqqpppopmoolmljnkndmnncmmik rtrqsptqrspoqonqkopjnmhfmklikjjd lnonrkrjnjpjnmnnqgoqppqbrrmgqqpp',
      'uuttrsrrrqpoooonompjnlflljkjighb utsssssrrrrprooonmmmmillkkjigdhc vvtutttutsrsqqoponlnkijjhhgggbeb',
      'uustqsqrrppqnnoklmnknmfmkkklfkjf tsrrsqrqoqoonommokoknmhlodmkjkkj tstssrrsprpnomlplokmmmlglkjjkkjc',
      'pqqrpsopoqqoolnkoimnmionlpclnnni tstrrrqpqppoonnmnlmlmmlmellkljek tttssqprqprnomlkolnknmldmllmmcjk',
      'uuuttrsrsqqpppnnnnkomllhjijjhgcf srrqpqqpppqonolmolojnolodoninglj vvvuttssqspqpnnlmkolllkfkljjhiib',
      'stsssrrrqqponmonokommnngmllkfjee uuttsqrrqqqpnmmlmkmkmkmlkdkkljlg tttrrrqqppqnpnnmmnokpngmmllljeei',
      'rssrsqsqpsqqonnnpjnknknekjjkmdjm qrprnpmonoolokooopnknnnnepnolqho qrtoqnnomqomomonpiponondnmnnngnm',
      'uuusttsrsrrooomonolmmmilkejhhiah utuuuttsrrqqqppmnlnllkkejjhiihca rsqqopnppmmokoolohpmpopocmkpnfno',
      'tqrrspqqpooooplplpokonlmdmnlmhke pqpppnpnpnopmqkqnmopmmoodnlnnkgl opomqmpnmmolpopnpjoqqnpdmmlpphol',
      'turrsqqqpqppnoomonnlonmoflkkfeek rrrqqqqqpnonqplpnlnmloindnnldkln sqqrsqppopnomolnjnpkonoellnolkmf',
      'ppqpppppqnonpnokplpnpomfoomnnkej qqqqrpsqoqoppnooplmnnmmlenljjkek prqprrrqqpoqononolpkrmnfmmljlfje',
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
