module.exports = { displayName: 'outcome-collector', preset: '../../jest.preset.cjs' };
