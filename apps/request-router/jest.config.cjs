module.exports = { displayName: 'request-router', preset: '../../jest.preset.cjs' };
