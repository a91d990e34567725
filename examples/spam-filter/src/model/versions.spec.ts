// What the README states about the versions: measured here, on the mails that no training has seen.
import { readCorpus, splitCorpus, splitSeed } from '../corpus';
import { parseMail } from '../mail/parse-mail';
import { evaluate, type Evaluation, loadOnce } from './evaluate';
import { type ModelFile, readModel } from './model-file';
import { trainLogisticRegression } from './train-logistic-regression';
import { trainNaiveBayes } from './train-naive-bayes';
import { loadModel, loadVersion, type VersionName, versionNames } from './versions';

jest.setTimeout(60_000); // the corpus is real

const mails = readCorpus();
const { train, heldOut } = splitCorpus(mails);
const examples = train.map(({ label, text }) => ({ label, mail: parseMail(text) }));

describe('the split', () => {
  it('is the same every time and holds 30 % out', () => {
    expect(heldOut).toHaveLength(1814);
    expect(train).toHaveLength(4232);
    expect(heldOut.slice(0, 3).map(({ id }) => id)).toEqual(
      splitCorpus(mails)
        .heldOut.slice(0, 3)
        .map(({ id }) => id),
    );
    const trained = new Set(train.map(({ id }) => id));
    expect(heldOut.filter(({ id }) => trained.has(id))).toEqual([]);
  });
});

describe.each([
  ['naive-bayes', trainNaiveBayes],
  ['logistic-regression', trainLogisticRegression],
] as const)('training %s', (name, trainModel) => {
  const trained = trainModel(examples, splitSeed);

  it('gives the same model for the same seed', () => {
    expect(trainModel(examples, splitSeed)).toEqual(trained);
  });

  it('gives the model that is committed', () => {
    const committed = readModel(name);
    expect(Object.keys(committed.weights)).toEqual(Object.keys(trained.weights));
    expect(largestDifference(committed, trained)).toBeLessThan(2e-4); // another machine may round the last digit otherwise
  });
});

describe('on held-out mails', () => {
  const load = loadOnce(loadModel);
  const measured = Object.fromEntries(
    versionNames.map((version) => [version, evaluate(loadVersion(version, load), heldOut)]),
  ) as Record<VersionName, Evaluation>;

  it.each([
    ['v1', 0.927],
    ['v2', 0.975],
    ['v3', 0.8],
  ] as const)('%s is right as often as the README says: %d', (version, stated) => {
    expect(measured[version].accuracy).toBeCloseTo(stated, 2);
  });

  it('v3 leaves about 3 % without an answer, the others none', () => {
    expect(measured.v1.failed + measured.v2.failed).toBe(0);
    expect(measured.v3.failed / heldOut.length).toBeGreaterThan(0.02);
    expect(measured.v3.failed / heldOut.length).toBeLessThan(0.04);
  });
});

describe('v3', () => {
  it('fails on the same mails every time', () => {
    const classify = loadVersion('v3', loadOnce(loadModel));
    const failures = () =>
      heldOut
        .slice(0, 300)
        .filter(({ text }) => fails(() => classify(text)))
        .map(({ id }) => id);
    expect(failures()).toEqual(failures());
    expect(failures().length).toBeGreaterThan(0);
  });

  it('loads its model for every mail', () => {
    let loads = 0;
    const classify = loadVersion('v3', (name) => (loads++, loadModel(name)));
    const mails = heldOut.slice(0, 10).filter(({ text }) => !fails(() => classify(text)));
    expect(loads).toBe(mails.length);
  });
});

function fails(call: () => void): boolean {
  try {
    call();
    return false;
  } catch {
    return true;
  }
}

function largestDifference(a: ModelFile, b: ModelFile): number {
  const differences = Object.entries(a.weights).map(([feature, weight]) =>
    Math.abs(weight - (b.weights[feature] ?? Infinity)),
  );
  return Math.max(Math.abs(a.bias - b.bias), ...differences);
}
