// Trains the models from the corpus and writes them to models/. The same seed gives the same files.
import { readCorpus, splitCorpus, splitSeed } from './corpus';
import { evaluate, loadOnce } from './model/evaluate';
import { writeModel } from './model/model-file';
import { trainLogisticRegression } from './model/train-logistic-regression';
import { type Example, trainNaiveBayes } from './model/train-naive-bayes';
import { loadModel, loadVersion, versionNames } from './model/versions';
import { parseMail } from './mail/parse-mail';

function main(): void {
  const { train, heldOut } = splitCorpus(readCorpus());
  const examples: Example[] = train.map(({ label, text }) => ({ label, mail: parseMail(text) }));
  console.log(`seed ${splitSeed}: ${train.length} mails to train on, ${heldOut.length} held out`);
  console.log(`wrote ${writeModel('naive-bayes', trainNaiveBayes(examples, splitSeed))}`);
  console.log(`wrote ${writeModel('logistic-regression', trainLogisticRegression(examples, splitSeed))}`);
  const load = loadOnce(loadModel);
  for (const version of versionNames) {
    const { accuracy, falseAlarms, missed, failed } = evaluate(loadVersion(version, load), heldOut);
    console.log(
      `${version}: accuracy ${accuracy.toFixed(4)}, ${falseAlarms} false alarms, ${missed} missed, ${failed} failed`,
    );
  }
}

main();
