module.exports = { displayName: 'example-spam-filter', preset: '../../jest.preset.cjs' };
