import fc from 'fast-check';

// A property that fails does so for everybody: runs are the same everywhere, until PROPERTY_SEED asks for others.
const given = process.env['PROPERTY_SEED'];
fc.configureGlobal({ seed: given === undefined ? 20_261_124 : Number(given) });
